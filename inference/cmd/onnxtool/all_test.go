//go:build brink_all

package main

// minPass is how many of ONNX's cases must pass with every operator.
const minPass = 1020
