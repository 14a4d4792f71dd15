package faults

import (
	"errors"
	"io"
	"testing"
)

func TestList(t *testing.T) {
	var l List
	l.Add(nil)
	if err := l.Err(); err != nil {
		t.Errorf("no mistakes: %v; want nil", err)
	}
	l.Add(io.EOF)
	l.Addf("%d is negative", -1)
	err := l.Err()
	if !errors.Is(err, io.EOF) || err.Error() != "EOF\n-1 is negative" {
		t.Errorf("Err() = %q; want both", err)
	}
	if err := Join(nil, nil); err != nil {
		t.Errorf("Join(nil, nil) = %v; want nil", err)
	}
}
