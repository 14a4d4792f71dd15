package defender

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"runtime"
)

// Sampler samples the system. Sample may return metrics together with an error
// for those that it could not get.
type Sampler interface {
	Sample() (Metrics, error)
}

// UnsupportedError reports metrics that cannot be had on a system. It is
// errors.ErrUnsupported for errors.Is.
type UnsupportedError struct {
	System string // such as "windows"
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("defender: metrics of the system: unsupported on %s", e.System)
}

func (e *UnsupportedError) Unwrap() error { return errors.ErrUnsupported }

// System returns the sampler of the present system: [Proc] on Linux. On every
// other one its Sample returns an [*UnsupportedError] and nothing else.
func System() Sampler {
	if runtime.GOOS == "linux" {
		return &Proc{}
	}
	return unsupported(runtime.GOOS)
}

type unsupported string

func (u unsupported) Sample() (Metrics, error) {
	return Metrics{}, &UnsupportedError{string(u)}
}

func (p *Proc) fs() fs.FS {
	if p.FS == nil {
		return os.DirFS("/proc")
	}
	return p.FS
}

func (p *Proc) interfaces() (map[netip.Addr]string, error) {
	if p.Interfaces != nil {
		return p.Interfaces()
	}
	list, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	names := map[netip.Addr]string{}
	for _, i := range list {
		addrs, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		for _, a := range addrs {
			if ip, ok := a.(*net.IPNet); ok {
				if addr, ok := netip.AddrFromSlice(ip.IP); ok {
					names[addr.Unmap()] = i.Name
				}
			}
		}
	}
	return names, nil
}

// littleEndian says how this machine orders bytes.
func littleEndian() bool {
	return binary.NativeEndian.Uint16([]byte{1, 0}) == 1
}
