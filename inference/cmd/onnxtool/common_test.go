//go:build !brink_all

package main

// minPass is how many of ONNX's cases must pass with the operators of a plain build.
const minPass = 500
