package joystick

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/brinkml/brink/sensor"
)

// openInput opens the device at path or, without one, that of the joystick.
func openInput(path string) (device, error) {
	if path == "" {
		var err error
		if path, err = findInput("/sys/class/input", "/dev/input"); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &DeviceError{Path: path, Err: err}
	}
	if err := f.SetReadDeadline(time.Time{}); err != nil { // a read of it could not be ended
		return nil, errors.Join(&DeviceError{Path: path, Err: err}, f.Close())
	}
	return inputFile{f}, nil
}

// inputFile is an input device of the kernel.
type inputFile struct{ *os.File }

// keyBytes is the length of the kernel's bitmap of keys: KEY_MAX is 0x2FF.
const keyBytes = 0x300 / 8

// getKeys is the request EVIOCGKEY(keyBytes) of linux/input.h, by the numbers that all of Go's architectures have but MIPS
// and PowerPC; there it is refused, as by a file that is no input device.
const getKeys = 2<<30 | keyBytes<<16 | 'E'<<8 | 0x18

func (f inputFile) pressed() (set, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var bitmap [keyBytes]byte
	var errno syscall.Errno
	err = conn.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, getKeys, uintptr(unsafe.Pointer(&bitmap)))
	})
	switch {
	case err != nil:
		return 0, err
	case errno != 0:
		return 0, errno
	}
	return pressedIn(&bitmap), nil
}

// pressedIn returns what a bitmap of keys says of the joystick.
func pressedIn(bitmap *[keyBytes]byte) (down set) {
	for d, codes := range keyCodes {
		for _, c := range codes {
			if bitmap[c/8]>>(c%8)&1 != 0 {
				down |= 1 << d
			}
		}
	}
	return down
}

// findInput returns the device, in the folder dev, of the input that the folder class of sysfs knows by the joystick's name.
func findInput(class, dev string) (string, error) {
	names, err := filepath.Glob(filepath.Join(class, "event*", "device", "name"))
	if err != nil {
		return "", err
	}
	for _, name := range names {
		p, err := os.ReadFile(name)
		if err == nil && strings.TrimSpace(string(p)) == Name {
			return filepath.Join(dev, filepath.Base(filepath.Dir(filepath.Dir(name)))), nil
		}
	}
	return "", &sensor.NotPresentError{Chip: chip, Addr: Addr, Want: whoAmI, Err: errNoInput}
}

var errNoInput = errors.New(`no input device is named "` + Name + `"`)
