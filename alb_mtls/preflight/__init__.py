"""What is found out before anything is touched: by the program, which stops there, and by `doctor`, which goes on."""
