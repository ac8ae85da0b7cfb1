package reports

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// DirError says that a directory cannot take the files of a run.
type DirError struct {
	Path string
	// Hint is what the user may do about it, as a sentence without a full stop.
	Hint string
	Err  error
}

// Error implements error.
func (e *DirError) Error() string {
	return fmt.Sprintf("output directory %q cannot be written: %v", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *DirError) Unwrap() error { return e.Err }

// CheckDir makes the directory dir, with its parents, and proves that a file can
// be created in it, so that a long run does not end without a place for its
// report. The error is a *[DirError].
func CheckDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &DirError{Path: dir, Hint: dirHint(err), Err: err}
	}
	f, err := os.CreateTemp(dir, ".tailgate-*")
	if err != nil {
		return &DirError{Path: dir, Hint: dirHint(err), Err: err}
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return &DirError{Path: dir, Hint: dirHint(err), Err: err}
	}
	return nil
}

func dirHint(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "choose a directory you may write to with --out DIR"
	case errors.As(err, &path) && isFile(path.Path):
		return fmt.Sprintf("%q is a file; remove it or choose another directory with --out DIR", path.Path)
	default:
		return "choose another directory with --out DIR"
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// WriteFile creates the file path, or replaces it, with what write produces. It
// writes to a temporary file beside it and renames that at the end: a reader
// sees the old contents or the new, never a part, and a failed write leaves the
// old file as it was.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to tell
		}
	}()
	if err := errors.Join(fill(f, write), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return nil
}

func fill(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}
