"""The library under the program and its commands; knows no Pulumi."""
