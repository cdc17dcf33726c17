"""What goes into a submission's process: how functions are called, and how arrays travel. No expected value is here."""
