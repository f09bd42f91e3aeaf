"""What tests share: a clock to turn, AWS in process, the edge of our own process."""
