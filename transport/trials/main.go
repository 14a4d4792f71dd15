// Trials holds the outbox against other stores and against links and brokers that others made. It is a module of its own,
// so that what it needs is nobody else's need.
//
// The program prints one table: messages of 256 bytes are stored by 1, 16 and 64 producers at once, in this outbox with
// SyncAlways, in the file queue of paho.golang's autopaho, in bbolt, and by a bare loop of write and fdatasync.
//
//	go -C transport/trials run . [-time D] [-producers 1,16,64] [-dir DIR] [STORE...]
//
// The stores take turns, so that a machine that does other things meanwhile does them to all; what counts is the ratio of
// their rates. A call returns when its message is durable, but for the file queue as it is shipped, which never syncs: the
// row "file queue, synced" adds the sync of file and directory that it lacks. bbolt has one Put a transaction, by Update
// for one producer and by Batch for more, whose size is set to the number of producers so that it never waits for its
// delay, with NoFreelistSync. The loop has one file and one lock. Written is what the process gave the page cache to write
// (/proc/self/io), a message; device is what the disk wrote meanwhile, for whomever.
//
// The tests are the other trials:
//
//	go -C transport/trials test -count=1 -v -run '^TestToxics$' .     # bad links, at random; BRINK_LONG=1 for 2 minutes
//	go -C transport/trials test -count=1 -v -run '^TestHalfOpen$' .   # a link that swallows everything
//	go -C transport/trials test -count=1 -v -run '^TestLatency$' .    # 50 ms round trip
//	go -C transport/trials test -count=1 -v -run '^TestMochi$' .      # a broker of another house
//	go -C transport/trials test -count=1 -v -run '^TestTable$' .      # that the table says what is claimed
//	go -C transport/trials test -run '^$' -bench . .                  # each store alone, as benchmarks
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "trials:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("trials", flag.ContinueOnError)
	long := flags.Duration("time", 2*time.Second, "for how long to run each store with each number of producers")
	producers := flags.String("producers", "1,16,64", "how many producers at once")
	dir := flags.String("dir", os.TempDir(), "on which disk")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var counts []int
	for s := range strings.SplitSeq(*producers, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 1024 {
			return fmt.Errorf("producers %q: not a number from 1 to 1024", s)
		}
		counts = append(counts, n)
	}
	chosen := stores
	if names := flags.Args(); len(names) > 0 {
		chosen = nil
		for _, name := range names {
			at := slices.IndexFunc(stores, func(k kind) bool { return k.name == name })
			if at < 0 {
				return fmt.Errorf("there is no store %q; there are %s", name, strings.Join(storeNames(), ", "))
			}
			chosen = append(chosen, stores[at])
		}
	}
	rows, err := compare(ctx, *dir, chosen, counts, *long)
	return errors.Join(err, print(stdout, rows))
}
