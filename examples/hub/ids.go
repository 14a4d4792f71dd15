package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
)

// id names one message for ever: which start of the hub accepted it, and as its how many-th. A subscriber that
// sees all numbers of a boot has all its messages.
type id struct {
	Boot uint64 `json:"boot"`
	Seq  uint64 `json:"seq"`
}

// idSet is a set of ids that stays small however long the hub runs, because sequences have no gaps for long.
// It is kept in a file too, one line an id, so that it outlives the process.
type idSet struct {
	mu    sync.Mutex
	boots map[uint64][]span // sorted, disjoint, not touching
	file  *os.File
}

type span struct{ from, to uint64 } // both included

// openIDs reads the set kept at path, writes it anew in its shortest form, and goes on from there.
func openIDs(path string) (*idSet, error) {
	s := &idSet{boots: map[uint64][]span{}}
	if err := s.load(path); err != nil {
		return nil, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(tmp)
	for boot, spans := range s.boots {
		for _, p := range spans {
			fmt.Fprintln(w, boot, p.from, p.to)
		}
	}
	if err := errors.Join(w.Flush(), tmp.Close(), os.Rename(tmp.Name(), path)); err != nil {
		return nil, err
	}
	s.file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	return s, err
}

func (s *idSet) load(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var boot, from, to uint64
		// A line cut short by a kill names an id that was about to be noted; its message says it again or not at all.
		if n, _ := fmt.Sscan(sc.Text(), &boot, &from, &to); n == 3 && to >= from {
			s.insert(boot, span{from, to})
		}
	}
	return sc.Err()
}

// add notes an id and tells whether it is new.
func (s *idSet) add(i id) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.has(i) {
		return false, nil
	}
	s.insert(i.Boot, span{i.Seq, i.Seq})
	_, err := fmt.Fprintln(s.file, i.Boot, i.Seq, i.Seq)
	return true, err
}

func (s *idSet) has(i id) bool {
	spans := s.boots[i.Boot]
	k := sort.Search(len(spans), func(k int) bool { return spans[k].to >= i.Seq })
	return k < len(spans) && spans[k].from <= i.Seq
}

func (s *idSet) insert(boot uint64, p span) {
	spans := s.boots[boot]
	k := sort.Search(len(spans), func(k int) bool { return spans[k].to+1 >= p.from })
	n := k
	for ; n < len(spans) && spans[n].from <= p.to+1; n++ {
		p.from, p.to = min(p.from, spans[n].from), max(p.to, spans[n].to)
	}
	s.boots[boot] = append(spans[:k:k], append([]span{p}, spans[n:]...)...)
}

// count tells how many ids there are.
func (s *idSet) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, spans := range s.boots {
		for _, p := range spans {
			n += int(p.to - p.from + 1)
		}
	}
	return n
}

// missing tells how many ids of s are not in other.
func (s *idSet) missing(other *idSet) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	other.mu.Lock()
	defer other.mu.Unlock()
	n := 0
	for boot, spans := range s.boots {
		for _, p := range spans {
			for q := p.from; q <= p.to; q++ {
				if !other.has(id{boot, q}) {
					n++
				}
			}
		}
	}
	return n
}

func (s *idSet) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file.Close()
}
