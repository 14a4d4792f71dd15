package defender

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/brinkml/brink/transport/awsiot/internal/faults"
)

const (
	maxProc    = 8 << 20 // bytes of one file of /proc/net: some 50,000 sockets
	maxSockets = 1 << 16

	// States of a socket, from the kernel's tcp_states.h.
	stateEstablished = 0x01
	stateClose       = 0x07 // a UDP socket that is not connected
	stateListen      = 0x0a
)

// Proc samples a Linux system from its /proc/net, without any privilege. It is
// safe for concurrent use when its fields are not changed.
type Proc struct {
	// FS is /proc. Nil: os.DirFS("/proc").
	FS fs.FS
	// Interfaces says which interface has which address. Nil: it is asked of
	// the kernel, through package net.
	Interfaces func() (map[netip.Addr]string, error)
	// Count says whether an interface's counters are summed. Nil: all but lo.
	// Where one carries the packets of others, as a bridge does, they count
	// twice.
	Count func(name string) bool
}

// Sample implements [Sampler]. What cannot be read is left out, and part of the
// error.
func (p *Proc) Sample() (m Metrics, err error) {
	var errs faults.List
	try := func(f func() error) {
		if err := f(); err != nil {
			errs.Addf("defender: %w", err)
		}
	}
	names, err := p.interfaces()
	if err != nil {
		errs.Addf("defender: %w", err) // ports and addresses are known without
	}
	try(func() error {
		sockets, err := p.sockets("tcp", "tcp6")
		if err != nil {
			return err
		}
		m.TCP = listening(sockets, names, func(s socket) bool { return s.state == stateListen })
		m.Connections = established(sockets, names)
		return nil
	})
	try(func() error {
		sockets, err := p.sockets("udp", "udp6")
		if err != nil {
			return err
		}
		m.UDP = listening(sockets, names, func(s socket) bool { return s.state == stateClose })
		return nil
	})
	try(func() error {
		b, err := p.read("net/dev")
		if err != nil {
			return err
		}
		m.Counters, err = parseDev(b)
		if err != nil {
			return err
		}
		for name := range m.Counters {
			if p.Count != nil && !p.Count(name) || p.Count == nil && name == "lo" {
				delete(m.Counters, name)
			}
		}
		return nil
	})
	return m, errs.Err()
}

func (p *Proc) read(name string) ([]byte, error) {
	f, err := p.fs().Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxProc+1))
	if err == nil && len(b) > maxProc {
		err = fmt.Errorf("%s has more than %d bytes", name, maxProc)
	}
	return b, err
}

// sockets reads the tables of both families; a kernel without IPv6 has only
// one.
func (p *Proc) sockets(v4, v6 string) ([]socket, error) {
	var all []socket
	for _, name := range []string{v4, v6} {
		b, err := p.read("net/" + name)
		if name == v6 && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list, err := parseSockets(b)
		if err != nil {
			return nil, fmt.Errorf("net/%s: %w", name, err)
		}
		all = append(all, list...)
	}
	return all, nil
}

// socket is a line of /proc/net/tcp and its like.
type socket struct {
	local, remote netip.AddrPort
	state         int
}

// parseSockets reads such a table (the kernel's
// Documentation/networking/proc_net_tcp.rst).
func parseSockets(b []byte) ([]socket, error) {
	var list []socket
	for i, line := range bytes.Split(b, []byte("\n")) {
		fields := strings.Fields(string(line))
		if i == 0 || len(fields) == 0 {
			continue // the heading
		}
		if len(fields) < 4 {
			return nil, fmt.Errorf("line %d has %d fields", i+1, len(fields))
		}
		if len(list) == maxSockets {
			return nil, fmt.Errorf("more than %d sockets", maxSockets)
		}
		local, err := parseAddrPort(fields[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		remote, err := parseAddrPort(fields[2])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		state, err := strconv.ParseUint(fields[3], 16, 8)
		if err != nil {
			return nil, fmt.Errorf("line %d: state: %w", i+1, err)
		}
		list = append(list, socket{local, remote, int(state)})
	}
	return list, nil
}

// parseAddrPort reads an address as the kernel writes it: words of 32 bits in
// hexadecimal, each in the byte order of the machine, and the port.
func parseAddrPort(s string) (netip.AddrPort, error) {
	host, port, ok := strings.Cut(s, ":")
	if !ok || len(host) != 8 && len(host) != 32 {
		return netip.AddrPort{}, fmt.Errorf("address %.64q", s)
	}
	b, err := hex.DecodeString(host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("address %.64q", s)
	}
	if littleEndian() {
		for i := 0; i < len(b); i += 4 {
			slices.Reverse(b[i : i+4])
		}
	}
	addr, _ := netip.AddrFromSlice(b)
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port of %.64q", s)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), nil
}

func listening(sockets []socket, names map[netip.Addr]string, is func(socket) bool) []Port {
	list := []Port{}
	for _, s := range sockets {
		if is(s) && s.local.Port() != 0 {
			list = append(list, Port{s.local.Port(), names[s.local.Addr()]})
		}
	}
	sort.Sort(byPort(list))
	return slices.Compact(list)
}

// The orders below are of package sort, which TLS links anyway; those of package
// slices would come once more for each type, 12 KB of a small firmware.

type byPort []Port

func (l byPort) Len() int      { return len(l) }
func (l byPort) Swap(i, k int) { l[i], l[k] = l[k], l[i] }
func (l byPort) Less(i, k int) bool {
	a, b := l[i], l[k]
	return a.Port < b.Port || a.Port == b.Port && a.Interface < b.Interface
}

func established(sockets []socket, names map[netip.Addr]string) []Connection {
	list := []Connection{}
	for _, s := range sockets {
		if s.state == stateEstablished {
			list = append(list, Connection{s.remote, s.local.Port(), names[s.local.Addr()]})
		}
	}
	sort.Sort(byRemote(list))
	return list
}

type byRemote []Connection

func (l byRemote) Len() int      { return len(l) }
func (l byRemote) Swap(i, k int) { l[i], l[k] = l[k], l[i] }
func (l byRemote) Less(i, k int) bool {
	c := l[i].Remote.Compare(l[k].Remote)
	return c < 0 || c == 0 && l[i].LocalPort < l[k].LocalPort
}

// parseDev reads /proc/net/dev: two lines of heading, then for each interface
// eight counters of what was received and eight of what was sent.
func parseDev(b []byte) (map[string]Counters, error) {
	all := map[string]Counters{}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for i := 1; lines.Scan(); i++ {
		if i <= 2 || strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		// A name may hold a colon, as an alias does; counters do not.
		at := strings.LastIndexByte(lines.Text(), ':')
		if at < 0 {
			return nil, fmt.Errorf("net/dev: line %d has no name", i)
		}
		name := strings.TrimSpace(lines.Text()[:at])
		fields := strings.Fields(lines.Text()[at+1:])
		if name == "" || len(fields) < 16 {
			return nil, fmt.Errorf("net/dev: line %d has %d counters", i, len(fields))
		}
		var n [4]uint64
		for k, field := range []int{0, 8, 1, 9} { // bytes in and out, packets in and out
			var err error
			if n[k], err = strconv.ParseUint(fields[field], 10, 64); err != nil {
				return nil, fmt.Errorf("net/dev: line %d: %w", i, err)
			}
		}
		all[name] = Counters{n[0], n[1], n[2], n[3]}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("net/dev: %w", err)
	}
	return all, nil
}
