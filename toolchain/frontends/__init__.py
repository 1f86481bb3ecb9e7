"""From a framework's model to a float .tflite file."""
