package transport_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// The test binary runs itself under strace as a device that publishes. The
// variable holds the broker's URL.
const straceEnv = "BRINK_TRANSPORT_STRACE"

const (
	straceProducers = 4
	straceEach      = 60
)

// straceChild publishes with several producers, and after each Publish writes
// the message's id to file 3, with one call.
func straceChild() int {
	sync := transport.SyncAlways
	if os.Getenv("BRINK_SYNC_NONE") != "" {
		sync = transport.SyncNone
	}
	if err := straced(os.Getenv(straceEnv), os.Getenv("BRINK_DIR"), sync); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func straced(url, dir string, how transport.Sync) error {
	d, err := mqtt.New(&mqtt.Options{Broker: url, ClientID: "straced"})
	if err != nil {
		return err
	}
	out, err := transport.Open(dir, d, &transport.Options{
		SegmentBytes: 4096,
		Lanes: []transport.Lane{
			{Name: "alarm", Priority: 10, Sync: how, Reserve: 1},
			{Name: transport.DefaultLane, Sync: how},
		},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- out.Run(ctx) }()
	markers := os.NewFile(3, "markers")
	var wg sync.WaitGroup
	errs := make([]error, straceProducers)
	for p := range straceProducers {
		wg.Go(func() {
			for n := range straceEach {
				id := fmt.Sprintf("<message %d of producer %d>", n, p)
				lane := [...]string{"alarm", transport.DefaultLane}[n%2]
				m := transport.Message{Topic: "t", Lane: lane, Payload: []byte(id + strings.Repeat(".", 100))}
				if _, err := out.Publish(ctx, m); err != nil {
					errs[p] = err
					return
				}
				if _, err := markers.WriteString(id); err != nil {
					errs[p] = err
					return
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := out.Drain(ctx); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := <-done; !errors.Is(err, transport.ErrClosed) {
		return err
	}
	return nil
}

// The calls to the system, as strace sees them: no Publish returns before the
// data sync that covers its record, on a file whose name is durable, and no
// segment is unlinked before a mark that passes its last record is synced. The
// same program with SyncNone breaks both laws, which shows that they can fail.
func TestStrace(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if out, err := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, os.Args[0], "-test.run=^$").CombinedOutput(); err != nil {
		if bytes.Contains(out, []byte("not permitted")) || bytes.Contains(out, []byte("PTRACE")) {
			t.Skipf("ptrace is not permitted: %s", out)
		}
		t.Fatalf("strace: %v\n%s", err, out)
	}
	tr := traced(t, strace, false)
	for _, v := range append(tr.unsynced, tr.early...) {
		t.Error(v)
	}
	t.Logf("SyncAlways: %d messages, %d segments deleted, %d data syncs", tr.markers, tr.deleted, tr.syncs)
	if tr.markers != straceProducers*straceEach || tr.deleted < 5 {
		t.Errorf("%d messages, %d segments deleted; want %d, at least 5", tr.markers, tr.deleted, straceProducers*straceEach)
	}
	tr = traced(t, strace, true)
	t.Logf("SyncNone: %d messages, %d segments deleted, %d data syncs; %d and %d violations", tr.markers, tr.deleted, tr.syncs, len(tr.unsynced), len(tr.early))
	if len(tr.unsynced) == 0 || len(tr.early) == 0 {
		t.Errorf("SyncNone breaks the laws %d and %d times; want both broken", len(tr.unsynced), len(tr.early))
	}
}

// traced runs the child and judges its trace.
func traced(t *testing.T, strace string, none bool) *trace {
	t.Helper()
	dir := t.TempDir()
	b, err := transporttest.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	markers, err := os.Create(filepath.Join(dir, "markers"))
	if err != nil {
		t.Fatal(err)
	}
	defer markers.Close()
	file := filepath.Join(dir, "trace")
	cmd := exec.Command(strace, "-f", "-qq", "-xx", "-s", "1000000", "-o", file, "-e", "signal=none", "-e",
		"trace=openat,close,write,pwrite64,fdatasync,fsync,unlink,unlinkat,rename,renameat,renameat2", os.Args[0])
	cmd.Env = append(os.Environ(), straceEnv+"="+url, "BRINK_DIR="+filepath.Join(dir, "outbox"))
	if none {
		cmd.Env = append(cmd.Env, "BRINK_SYNC_NONE=1")
	}
	cmd.ExtraFiles = []*os.File{markers}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tr := &trace{files: make(map[int]string), open: make(map[string]call), segments: make(map[string]*straceSegment)}
	if err := tr.read(f); err != nil {
		t.Fatal(err)
	}
	return tr
}

// call is a system call from its entry to its exit.
type call struct {
	name  string
	args  []string
	entry int // line of the trace
	file  string
	whole string
}

// straceSegment is a file of a lane as its calls made it.
type straceSegment struct {
	lane    string
	last    uint64     // its highest record
	writes  []unsynced // not yet synced
	marks   uint64     // the highest mark in it that is synced
	synced  []byte     // records that are synced
	created int        // line of the exit
	named   bool       // the directory was synced since
}

type unsynced struct {
	exit    int
	mark    uint64
	records []byte
}

type trace struct {
	files    map[int]string  // by descriptor
	open     map[string]call // by thread: unfinished
	segments map[string]*straceSegment

	markers, deleted, syncs int
	unsynced                []error // breaches of the first law
	early                   []error // and of the second
}

var (
	straceLine = regexp.MustCompile(`^(\d+) +(.*)$`)
	straceCall = regexp.MustCompile(`^(\w+)\((.*)$`)
	straceBack = regexp.MustCompile(`^<\.\.\. (\w+) resumed>(.*)$`)
	straceExit = regexp.MustCompile(`^(.*)\) += (-?\d+|\?)(.*)$`)
)

func (tr *trace) read(r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err == io.EOF && line == "" {
			return nil
		}
		if err != nil {
			return err
		}
		m := straceLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			return fmt.Errorf("trace line %d: %.80q", n, line)
		}
		thread, text := m[1], m[2]
		if strings.HasPrefix(text, "+++") || strings.HasPrefix(text, "---") {
			continue
		}
		if back := straceBack.FindStringSubmatch(text); back != nil {
			c, ok := tr.open[thread]
			if !ok || c.name != back[1] {
				return fmt.Errorf("trace line %d: %.80q resumes nothing", n, line)
			}
			delete(tr.open, thread)
			if err := tr.exit(n, c, c.whole+back[2]); err != nil {
				return fmt.Errorf("trace line %d: %w", n, err)
			}
			continue
		}
		begun := straceCall.FindStringSubmatch(text)
		if begun == nil {
			return fmt.Errorf("trace line %d: %.80q", n, line)
		}
		whole, unfinished := strings.CutSuffix(begun[2], " <unfinished ...>")
		c := call{name: begun[1], entry: n, whole: whole}
		c.args = strings.Split(strings.TrimSuffix(whole, ")"), ", ")
		if err := tr.enter(&c); err != nil {
			return fmt.Errorf("trace line %d: %w", n, err)
		}
		if unfinished {
			tr.open[thread] = c
			continue
		}
		if err := tr.exit(n, c, whole); err != nil {
			return fmt.Errorf("trace line %d: %w", n, err)
		}
	}
}

// enter handles what counts from the entry of a call: a marker is on its way, a
// descriptor is free again, a name is going.
func (tr *trace) enter(c *call) error {
	switch c.name {
	case "pwrite64", "fdatasync", "fsync", "close":
		// The argument may be the last, with the closing parenthesis behind it.
		fd, err := strconv.Atoi(strings.FieldsFunc(c.args[0], func(r rune) bool { return r < '0' || r > '9' })[0])
		if err != nil {
			return err
		}
		c.file = tr.files[fd]
		if c.name == "close" {
			delete(tr.files, fd)
		}
	case "write":
		if c.args[0] != "3" {
			return nil
		}
		id, err := straceString(c.args[1])
		if err != nil {
			return err
		}
		tr.marker(c.entry, id)
	case "unlink", "unlinkat", "rename", "renameat", "renameat2":
		var paths []string
		for _, a := range c.args {
			if strings.HasPrefix(a, `"`) {
				p, err := straceString(a)
				if err != nil {
					return err
				}
				paths = append(paths, string(p))
			}
		}
		if len(paths) == 0 {
			return fmt.Errorf("%s without a path", c.name)
		}
		if s := tr.segments[paths[0]]; s != nil {
			tr.gone(c.entry, paths[0], s)
		}
		if len(paths) == 2 && strings.HasSuffix(paths[1], ".seg") {
			return fmt.Errorf("%s became a segment: the test does not follow the reserve", paths[0])
		}
	}
	return nil
}

// exit handles what counts from the end of a call.
func (tr *trace) exit(n int, c call, whole string) error {
	m := straceExit.FindStringSubmatch(whole)
	if m == nil {
		return fmt.Errorf("%s: %.80q has no result", c.name, whole)
	}
	result, err := strconv.Atoi(m[2])
	if err != nil || result < 0 {
		return nil // failed or interrupted: without effect
	}
	args := strings.Split(m[1], ", ")
	switch c.name {
	case "openat":
		p, err := straceString(args[1])
		if err != nil {
			return err
		}
		path := string(p)
		tr.files[result] = path
		if strings.HasSuffix(path, ".seg") && strings.Contains(whole, "O_CREAT") {
			tr.segments[path] = &straceSegment{lane: filepath.Dir(path), created: n}
		}
	case "pwrite64":
		s := tr.segments[c.file]
		if s == nil {
			return nil
		}
		b, err := straceString(args[1])
		if err != nil {
			return err
		}
		if result != len(b) {
			return fmt.Errorf("%d of %d bytes written", result, len(b))
		}
		if len(bytes.Trim(b, "\x00")) == 0 {
			return nil // the room that a new segment is given
		}
		mark, last, err := straceRecords(b, args[len(args)-1] == "0")
		if err != nil {
			return err
		}
		s.last = max(s.last, last)
		s.writes = append(s.writes, unsynced{exit: n, mark: mark, records: b})
	case "fdatasync":
		s := tr.segments[c.file]
		if s == nil {
			return nil
		}
		tr.syncs++
		left := s.writes[:0]
		for _, w := range s.writes {
			if w.exit > c.entry {
				left = append(left, w) // written while the sync was going on
				continue
			}
			s.marks = max(s.marks, w.mark)
			s.synced = append(s.synced, w.records...)
		}
		s.writes = left
	case "fsync":
		for _, s := range tr.segments {
			if s.lane == c.file && s.created < c.entry {
				s.named = true
			}
		}
	}
	return nil
}

// marker is the first law: the message is in what is synced of some segment.
func (tr *trace) marker(line int, id []byte) {
	tr.markers++
	for _, s := range tr.segments {
		if bytes.Contains(s.synced, id) {
			if !s.named {
				tr.unsynced = append(tr.unsynced, fmt.Errorf("line %d: %s is in a file whose name was not synced", line, id))
			}
			return
		}
	}
	tr.unsynced = append(tr.unsynced, fmt.Errorf("line %d: Publish of %s returned before its record was synced", line, id))
}

// gone is the second law: a mark at or above the segment's last record is synced
// in another segment of the lane.
func (tr *trace) gone(line int, path string, s *straceSegment) {
	tr.deleted++
	for p, other := range tr.segments {
		if p != path && other.lane == s.lane && other.marks >= s.last {
			s.lane = "" // its name may be used again, but not by this lane's log
			return
		}
	}
	tr.early = append(tr.early, fmt.Errorf("line %d: %s deleted before a mark of %d was synced", line, filepath.Base(path), s.last))
}

// straceString decodes what strace prints with -xx.
func straceString(s string) ([]byte, error) {
	if strings.HasSuffix(s, "...") {
		return nil, fmt.Errorf("strace cut a string off: %.80q", s)
	}
	return hex.DecodeString(strings.ReplaceAll(strings.Trim(s, `"`), `\x`, ""))
}

// straceRecords walks over the bytes of one write to a segment: its header, or
// whole records. It returns the highest mark and record number.
func straceRecords(b []byte, header bool) (mark, last uint64, err error) {
	if header {
		if len(b) != 64 || !bytes.HasPrefix(b, []byte("brkseg")) {
			return 0, 0, fmt.Errorf("%d bytes at the start of a segment; want its header", len(b))
		}
		return binary.LittleEndian.Uint64(b[24:]), 0, nil
	}
	for len(b) >= 20 {
		n := int(binary.LittleEndian.Uint32(b[4:]))
		if binary.LittleEndian.Uint16(b) != 0xb5c9 || n > len(b)-20 {
			return 0, 0, fmt.Errorf("%.20x is not a record", b)
		}
		if b[2] == 0 {
			mark = max(mark, binary.LittleEndian.Uint64(b[20:]))
		} else {
			last = max(last, binary.LittleEndian.Uint64(b[8:]))
		}
		b = b[min(len(b), (20+n+7)&^7):]
	}
	return mark, last, nil
}
