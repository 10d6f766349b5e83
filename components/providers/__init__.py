"""Dynamic providers: thin create, read, update and delete over `alb_mtls`.

A dynamic provider of an importable module is stored by reference, so the paths and class names of these modules stand
in users' state files. They are frozen; tests/unit/components/test_frozen_names.py holds the table.
"""
