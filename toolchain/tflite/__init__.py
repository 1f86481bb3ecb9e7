"""Reading and rewriting .tflite files."""
