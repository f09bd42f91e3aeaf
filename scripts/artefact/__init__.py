"""What `sam build` has written, read: is it whole, and is it for the Lambda runtime that it will run on?"""
