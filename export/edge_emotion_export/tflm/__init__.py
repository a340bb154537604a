"""For microcontrollers: a fully integer network as C++ source, proved in the interpreter of TensorFlow Lite Micro."""
