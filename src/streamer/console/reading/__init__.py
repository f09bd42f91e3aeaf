"""What is asked of AWS, by calls that only read, through the endpoint that is given."""
