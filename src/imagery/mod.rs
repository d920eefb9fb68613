//! Frames of cameras and drones: from streams, addresses and files to decoded pictures.
