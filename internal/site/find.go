package site

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tailgate-bench/tailgate/reports"
)

// reportFile is what a run is known by.
const reportFile = "report.json"

// ErrNone says that there is nothing to make a site of.
var ErrNone = errors.New("no report.json was found")

// Source is where to look for runs.
type Source struct {
	// Dir is a directory, which is searched with all below it but what is hidden,
	// or a report.
	Dir string
	// Label, unless "", names its runs.
	Label string
}

// ParseSource reads DIR or LABEL=DIR.
func ParseSource(text string) Source {
	if label, dir, ok := strings.Cut(text, "="); ok && label != "" && dir != "" {
		if _, err := os.Stat(text); err != nil {
			return Source{Dir: dir, Label: label}
		}
	}
	return Source{Dir: text}
}

// ReportError is about a report that cannot be read.
type ReportError struct {
	Path string
	Err  error
}

// Error implements error.
func (e *ReportError) Error() string { return fmt.Sprintf("%s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *ReportError) Unwrap() error { return e.Err }

// run is a report as it was found.
type run struct {
	source int // number of its source
	dir    string
	below  []string // the names of the directories below the source's
	label  string
	report *reports.Document
}

// find reads all reports of the sources but those below the directory except,
// each once. Those that cannot be read it returns as errors of type *[ReportError];
// err is about a source.
func find(sources []Source, except string) (runs []run, bad []error, err error) {
	seen := map[string]bool{}
	for i, s := range sources {
		paths, err := reportsBelow(s.Dir, except)
		if err != nil {
			return nil, nil, err
		}
		for _, path := range paths {
			known := absolute(path)
			if seen[known] {
				continue
			}
			seen[known] = true
			d, err := read(path)
			if err != nil {
				bad = append(bad, &ReportError{Path: filepath.ToSlash(path), Err: err})
				continue
			}
			r := run{source: i, dir: filepath.Dir(path), report: d}
			if rel, err := filepath.Rel(s.Dir, r.dir); err == nil && filepath.IsLocal(rel) && rel != "." {
				r.below = strings.Split(filepath.ToSlash(rel), "/")
			}
			runs = append(runs, r)
		}
	}
	return runs, bad, nil
}

// reportsBelow returns the paths of the reports in a directory in their order, or
// the report that dir is.
func reportsBelow(dir, except string) (paths []string, err error) {
	except = absolute(except)
	root := filepath.Clean(dir)
	if info, err := os.Lstat(root); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		root += string(filepath.Separator) // or it would not be followed
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || absolute(path) == except):
			return filepath.SkipDir
		case !entry.IsDir() && (entry.Name() == reportFile || path == root):
			paths = append(paths, filepath.Clean(path))
		}
		return nil
	})
	return paths, err
}

// absolute is the path by which a file is known, links followed.
func absolute(path string) string {
	if followed, err := filepath.EvalSymlinks(path); err == nil {
		path = followed
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func read(path string) (*reports.Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return reports.ReadJSON(f)
}
