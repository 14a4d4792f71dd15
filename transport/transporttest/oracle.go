package transporttest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// openOracle opens the file to append to it. What a killed broker left behind
// its last whole line was never acknowledged; what is appended must not become
// part of it.
func openOracle(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	whole, err := wholeLines(f, size)
	if err == nil && whole < size {
		err = errors.Join(f.Truncate(whole), f.Sync())
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// wholeLines is how many bytes of a file end with its last newline.
func wholeLines(f io.ReaderAt, size int64) (int64, error) {
	var buf [4096]byte
	for size > 0 {
		n := min(size, int64(len(buf)))
		if _, err := f.ReadAt(buf[:n], size-n); err != nil {
			return 0, err
		}
		for i := n - 1; i >= 0; i-- {
			if buf[i] == '\n' {
				return size - n + i + 1, nil
			}
		}
		size -= n
	}
	return 0, nil
}

// ReadOracle reads the file of [Options.Oracle]. A last line that is not whole
// was never acknowledged and is left out; any other damage is an error.
func ReadOracle(name string) ([]Message, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []Message
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		var m Message
		if err == nil {
			err = json.Unmarshal(line, &m)
		}
		if err != nil {
			return all, fmt.Errorf("transporttest: oracle %s, line %d: %w", name, len(all)+1, err)
		}
		all = append(all, m)
	}
}
