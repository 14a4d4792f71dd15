package ledmatrix

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

// framebufferName is what the kernel's rpisense driver calls its frame buffer.
const framebufferName = "RPi-Sense FB"

func openFramebuffer(path string) (*framebuffer, error) {
	if path == "" {
		var err error
		if path, err = findFramebuffer("/sys/class/graphics", "/dev"); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &framebuffer{f: f, curves: ioctls{f}}, nil
}

// findFramebuffer returns the device in dev of the frame buffer that sys lists under the driver's name.
func findFramebuffer(sys, dev string) (string, error) {
	entries, err := os.ReadDir(sys)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		name, err := os.ReadFile(filepath.Join(sys, e.Name(), "name"))
		if err == nil && strings.TrimSpace(string(name)) == framebufferName {
			return filepath.Join(dev, e.Name()), nil
		}
	}
	return "", &fs.PathError{Op: "find " + framebufferName, Path: sys, Err: fs.ErrNotExist}
}

// ioctls are those of rpisense-fb.c.
type ioctls struct{ f *os.File }

const (
	getGamma = 61696 // SENSEFB_FBIOGET_GAMMA
	setGamma = 61697 // SENSEFB_FBIOSET_GAMMA
)

func (i ioctls) curve() (table [32]uint8, err error) {
	err = i.call(getGamma, &table)
	return table, err
}

func (i ioctls) setCurve(table *[32]uint8) error { return i.call(setGamma, table) }

func (i ioctls) call(request uintptr, table *[32]uint8) error {
	conn, err := i.f.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	err = conn.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(table)))
	})
	switch {
	case err != nil:
		return err
	case errno == syscall.ENOTTY, errno == syscall.EINVAL: // a file; another driver
		return errors.ErrUnsupported
	case errno != 0:
		return os.NewSyscallError("ioctl", errno)
	}
	return nil
}
