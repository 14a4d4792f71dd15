package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxModeErrors bounds what [CheckMode] reports.
const maxModeErrors = 16

// ModeError reports a file or directory that others than its owner can reach.
type ModeError struct {
	Path string
	Mode fs.FileMode
}

func (e *ModeError) Error() string {
	what := "file"
	if e.Mode.IsDir() {
		what = "directory"
	}
	return fmt.Sprintf("%s %s has mode %04o: others than its owner can reach it", what, e.Path, e.Mode.Perm())
}

// CheckMode reports, each as a [*ModeError], the files and directories at and
// below path that others than their owner can read or write, at most 16 of
// them. Below a directory that is closed to others it does not look, because
// they cannot reach what lies there, and it does not follow links below path.
// On Windows, where mode bits say nothing, it returns nil.
func CheckMode(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	var errs []error
	checkMode(path, st, &errs)
	return errors.Join(errs...)
}

func checkMode(path string, st fs.FileInfo, errs *[]error) {
	if len(*errs) >= maxModeErrors {
		return
	}
	bits := fs.FileMode(0o066)
	if st.IsDir() {
		bits = 0o077 // to pass through is enough for who guesses a name
	}
	if st.Mode()&bits == 0 {
		return
	}
	*errs = append(*errs, &ModeError{Path: path, Mode: st.Mode()})
	if !st.IsDir() {
		return
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		*errs = append(*errs, err)
		return
	}
	for _, e := range entries {
		st, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // deleted meanwhile
		case err != nil:
			*errs = append(*errs, err)
		case st.IsDir() || st.Mode().IsRegular():
			checkMode(filepath.Join(path, e.Name()), st, errs)
		}
	}
}
