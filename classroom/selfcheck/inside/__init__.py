"""What a submission's process gets: how functions are called, and how arrays travel. It holds no expected value."""
