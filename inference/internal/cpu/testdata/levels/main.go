// Command levels prints the levels of the processor that it runs on.
package main

import (
	"fmt"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func main() { fmt.Println(cpu.Levels()) }
