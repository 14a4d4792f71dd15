// Onnxtool looks into ONNX models, runs them once, and checks an engine against recorded cases.
//
//	onnxtool inspect [-json] FILE
//	onnxtool run [-input NAME=SPEC]... [-random SEED] [-o DIR] FILE
//	onnxtool test [-json] [-timeout D] PATH...
//	onnxtool bench [-threads N] [-time D] [-cpu LEVEL] [-shape NAME=SHAPE]... [-profile] [-trace FILE] FILE...
//
// inspect says what a model is made of: inputs and outputs, operators with those that this engine lacks,
// weights, and the memory and multiplications that a run takes where the model fixes its shapes.
//
// run computes the outputs for one set of inputs and prints what they are and how they begin. SPEC is a
// .pb file (a serialized TensorProto, SequenceProto or OptionalProto), a .npy file, a file of raw
// little-endian elements with its shape (x=samples.bin:4x16), or a shape alone (x=4x16, x=scalar) for a
// tensor of generated numbers. Inputs that are not named are generated too, with 1 where the model leaves
// a dimension open. With -o the inputs and outputs are kept as a data set that test can read.
//
// test takes folders and zip files that hold cases in the layout of ONNX's backend tests, at any depth:
//
//	CASE/model.onnx                        and the files that it refers to
//	CASE/data.json                         optional: {"rtol": 1e-3, "atol": 1e-7}
//	CASE/test_data_set_0/input_0.pb ...    in the order of the graph's inputs; absent ones have defaults
//	CASE/test_data_set_0/output_0.pb ...
//
// An index.jsonl at the top, with lines such as {"path": "node/test_abs", "rtol": 0.001, "atol": 1e-07},
// gives tolerances too; data.json goes before it. Every case is a line of output, with -json an object
// {"case", "pass", "error"}, and the last line counts them. Element types, shapes, integers, bools and
// strings must be equal; floats may differ by atol + rtol*|want|, and NaN equals NaN.
//
// bench measures how long a run takes on generated inputs, one model after the other: the median, the time that a tenth of
// the runs stay below, and the shortest; how long it takes to load the model and to make it ready, the memory between
// inputs and outputs, and the multiply-accumulates of a run with what they come to in GFLOP/s, two operations each. With
// -profile it prints how long each node takes, slowest first, with GFLOP/s or the GB/s of its inputs and outputs; with
// -trace it writes what happens in a run to a file that chrome://tracing and ui.perfetto.dev open.
//
// The exit code is 0, or 1 when the input is bad or a case fails, or 2 when the command line is wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

const usage = `usage:
  onnxtool inspect [-json] FILE
  onnxtool run [-input NAME=SPEC]... [-random SEED] [-o DIR] FILE
  onnxtool test [-json] [-timeout DURATION] PATH...
  onnxtool bench [-threads N] [-time DURATION] [-cpu LEVEL] [-shape NAME=SHAPE]... [-profile] [-trace FILE] FILE...
SPEC is FILE.pb, FILE.npy, FILE:SHAPE of raw elements, or SHAPE for generated ones; a SHAPE is 4x16 or scalar.
`

// errUsage marks a wrong command line; the message has been printed.
var errUsage = errors.New("wrong usage")

// run is the program. It prints results on stdout and what went wrong on stderr, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{
		"bench":   bench,
		"inspect": inspect,
		"run":     runModel,
		"test":    test,
	}
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	command, ok := commands[args[0]]
	if !ok {
		if args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
			fmt.Fprint(stdout, usage)
			return 0
		}
		fmt.Fprintf(stderr, "onnxtool: there is no command %q\n%s", args[0], usage)
		return 2
	}
	err := command(ctx, args[1:], stdout, stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case errors.Is(err, errFailed):
		return 1
	}
	fmt.Fprintln(stderr, "onnxtool:", err)
	return 1
}

// newFlags makes a command's flag set, which prints to stderr.
func newFlags(name string, stderr io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("onnxtool "+name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	return fs
}

// parse reads flags and arguments in any order and returns the arguments, as many as the bounds allow.
func parse(fs *flag.FlagSet, args []string, least, most int) ([]string, error) {
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, errUsage
		}
		if fs.NArg() == 0 {
			break
		}
		rest = append(rest, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(rest) < least || len(rest) > most {
		fmt.Fprint(fs.Output(), usage)
		return nil, errUsage
	}
	return rest, nil
}
