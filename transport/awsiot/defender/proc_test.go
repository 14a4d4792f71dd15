package defender_test

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport/awsiot/defender"
)

func recorded() *defender.Proc {
	return &defender.Proc{
		FS: os.DirFS("testdata/linux"),
		Interfaces: func() (map[netip.Addr]string, error) {
			return map[netip.Addr]string{
				netip.MustParseAddr("127.0.0.1"):   "lo",
				netip.MustParseAddr("192.0.2.7"):   "eth0",
				netip.MustParseAddr("2001:db8::7"): "eth0",
			}, nil
		},
	}
}

func TestProc(t *testing.T) {
	got, err := recorded().Sample()
	if err != nil {
		t.Fatal(err)
	}
	want := defender.Metrics{
		TCP: []defender.Port{{Port: 22}, {Port: 443, Interface: "eth0"}, {Port: 5432, Interface: "lo"}, {Port: 8000, Interface: "eth0"}},
		UDP: []defender.Port{{Port: 67, Interface: "eth0"}, {Port: 5353}},
		Connections: []defender.Connection{
			{Remote: netip.MustParseAddrPort("192.0.2.7:8000"), LocalPort: 49152, Interface: "eth0"},
			{Remote: netip.MustParseAddrPort("192.0.2.7:49152"), LocalPort: 8000, Interface: "eth0"},
			{Remote: netip.MustParseAddrPort("[2001:db8::7]:443"), LocalPort: 49153, Interface: "eth0"},
			{Remote: netip.MustParseAddrPort("[2001:db8::7]:49153"), LocalPort: 443, Interface: "eth0"},
		},
		Counters: map[string]defender.Counters{"eth0": {}, "peer0": {}},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	p := recorded()
	p.Count = func(name string) bool { return name == "lo" }
	if got, err = p.Sample(); err != nil || !cmp.Equal(got.Counters, map[string]defender.Counters{"lo": {BytesIn: 532, BytesOut: 532, PacketsIn: 7, PacketsOut: 7}}) {
		t.Errorf("counters of lo: %+v, %v", got.Counters, err)
	}
}

// What cannot be read is left out, with the reason; the rest is there.
func TestProcPartly(t *testing.T) {
	whole := func() fstest.MapFS {
		m := fstest.MapFS{}
		for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "dev"} {
			b, err := os.ReadFile("testdata/linux/net/" + name)
			if err != nil {
				t.Fatal(err)
			}
			m["net/"+name] = &fstest.MapFile{Data: b}
		}
		return m
	}
	for _, tc := range []struct {
		name          string
		change        func(m fstest.MapFS)
		tcp, udp, dev bool
		problems      int
	}{
		{"no IPv6", func(m fstest.MapFS) { delete(m, "net/tcp6"); delete(m, "net/udp6") }, true, true, true, 0},
		{"no tcp", func(m fstest.MapFS) { delete(m, "net/tcp") }, false, true, true, 1},
		{"no udp", func(m fstest.MapFS) { delete(m, "net/udp") }, true, false, true, 1},
		{"no dev", func(m fstest.MapFS) { delete(m, "net/dev") }, true, true, false, 1},
		{"nothing", func(m fstest.MapFS) { clear(m) }, false, false, false, 3},
		{"a directory", func(m fstest.MapFS) { m["net/tcp6"] = &fstest.MapFile{Mode: fs.ModeDir} }, false, true, true, 1},
		{"a short line", func(m fstest.MapFS) { m["net/tcp"].Data = append(m["net/tcp"].Data, "0: 1 2\n"...) }, false, true, true, 1},
		{"an address", func(m fstest.MapFS) { m["net/udp"].Data = append(m["net/udp"].Data, "0: 0:1 00000000:0000 07\n"...) }, true, false, true, 1},
		{"a port", func(m fstest.MapFS) {
			m["net/udp"].Data = append(m["net/udp"].Data, "0: 00000000:10000 00000000:0000 07\n"...)
		}, true, false, true, 1},
		{"a digit", func(m fstest.MapFS) {
			m["net/udp"].Data = append(m["net/udp"].Data, "0: 0000000g:1000 00000000:0000 07\n"...)
		}, true, false, true, 1},
		{"a state", func(m fstest.MapFS) {
			m["net/udp"].Data = append(m["net/udp"].Data, "0: 00000000:1000 00000000:0000 x\n"...)
		}, true, false, true, 1},
		{"counters", func(m fstest.MapFS) { m["net/dev"].Data = append(m["net/dev"].Data, "eth1: 1 2 3\n"...) }, true, true, false, 1},
		{"a counter", func(m fstest.MapFS) {
			m["net/dev"].Data = append(m["net/dev"].Data, "eth1:"+strings.Repeat(" -1", 16)+"\n"...)
		}, true, true, false, 1},
		{"too long", func(m fstest.MapFS) { m["net/dev"].Data = make([]byte, 9<<20) }, true, true, false, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := whole()
			tc.change(m)
			got, err := (&defender.Proc{FS: m, Interfaces: recorded().Interfaces}).Sample()
			if (got.TCP != nil) != tc.tcp || (got.Connections != nil) != tc.tcp || (got.UDP != nil) != tc.udp || (got.Counters != nil) != tc.dev {
				t.Errorf("got %+v", got)
			}
			problems := 0
			if err != nil {
				problems = len(err.(interface{ Unwrap() []error }).Unwrap())
			}
			if problems != tc.problems {
				t.Errorf("error %v; want %d problems", err, tc.problems)
			}
		})
	}
	broken := recorded()
	broken.Interfaces = func() (map[netip.Addr]string, error) { return nil, fs.ErrPermission }
	got, err := broken.Sample()
	if !errors.Is(err, fs.ErrPermission) || len(got.TCP) != 4 || got.TCP[3] != (defender.Port{Port: 8000}) {
		t.Errorf("without names of interfaces: %+v, %v", got.TCP, err)
	}
}

// The present system: on Linux it shows a listener of this process, and it needs
// no root; elsewhere it says that it cannot.
func TestSystem(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m, err := defender.System().Sample()
	if runtime.GOOS != "linux" {
		u, ok := errors.AsType[*defender.UnsupportedError](err)
		if !ok || u.System != runtime.GOOS || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Sample = %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	want := defender.Port{Port: uint16(l.Addr().(*net.TCPAddr).Port), Interface: "lo"}
	if !slices.Contains(m.TCP, want) {
		t.Errorf("ports %v; want %v among them", m.TCP, want)
	}
}

func FuzzProc(f *testing.F) {
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "dev"} {
		b, err := os.ReadFile("testdata/linux/net/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("\n:\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := fstest.MapFS{}
		for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "dev"} {
			m["net/"+name] = &fstest.MapFile{Data: b}
		}
		got, _ := (&defender.Proc{FS: m, Interfaces: recorded().Interfaces}).Sample()
		for _, p := range append(got.TCP, got.UDP...) {
			if p.Port == 0 {
				t.Errorf("port 0 from %q", b)
			}
		}
		for _, c := range got.Connections {
			if !c.Remote.Addr().IsValid() || c.Remote.Addr().Is4In6() {
				t.Errorf("address %v from %q", c.Remote, b)
			}
		}
	})
}
