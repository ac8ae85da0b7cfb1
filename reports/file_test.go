package reports_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/reports"
)

func TestWriteFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report.json")
	write := func(text string, fail error) error {
		return reports.WriteFile(path, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return errors.Join(err, fail)
		})
	}
	must(t, write("one", nil))
	must(t, write("two", nil))
	broken := errors.New("no more ink")
	err := write("three", broken)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	got, err := os.ReadFile(path)
	must(t, err)
	if string(got) != "two" {
		t.Errorf("the file has %q, want %q", got, "two")
	}
	files, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

func TestWriteFile_noDirectory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "missing", "report.json")
	err := reports.WriteFile(path, func(io.Writer) error { return nil })
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name %s", err, path)
	}
}

func TestCheckDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	must(t, reports.CheckDir(dir))
	must(t, reports.CheckDir(dir))
	files, err := os.ReadDir(dir)
	must(t, err)
	if len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

func TestCheckDir_errors(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	file := filepath.Join(root, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	closed := filepath.Join(root, "closed")
	must(t, os.Mkdir(closed, 0o500))
	tests := map[string]struct{ dir, hint string }{
		"is a file":    {file, "is a file"},
		"under a file": {filepath.Join(file, "out"), "is a file"},
	}
	if os.Geteuid() != 0 { // root may write anywhere
		tests["no permission"] = struct{ dir, hint string }{filepath.Join(closed, "out"), "may write"}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := reports.CheckDir(tt.dir)
			var dir *reports.DirError
			if !errors.As(err, &dir) {
				t.Fatalf("error %v", err)
			}
			if dir.Path != tt.dir || !strings.Contains(err.Error(), tt.dir) || !strings.Contains(dir.Hint, tt.hint) {
				t.Errorf("error %v, hint %q", err, dir.Hint)
			}
		})
	}
}
