package site

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tailgate-bench/tailgate/reports"
)

// page is a file of the site.
type page struct {
	path  string // below the site's folder
	write func(io.Writer) error
}

// pages lists the files, each after those it leads to.
func pages(s *reports.Site) (all []page) {
	for i := range s.Histories {
		h := &s.Histories[i]
		for j := range h.Runs {
			r := &h.Runs[j]
			all = append(all, page{filepath.Join(h.Dir, r.Page), func(w io.Writer) error { return reports.WritePastRun(w, r) }})
		}
		all = append(all,
			page{filepath.Join(h.Dir, reports.HistoryBadge), func(w io.Writer) error { return reports.WriteBadge(w, h) }},
			page{filepath.Join(h.Dir, reports.SiteIndex), func(w io.Writer) error { return reports.WriteHistory(w, h) }})
	}
	return append(all,
		page{reports.SiteFeed, func(w io.Writer) error { return reports.WriteFeed(w, s) }},
		page{reports.SiteIndex, func(w io.Writer) error { return reports.WriteSite(w, s) }})
}

// Write makes the site in the directory dir and returns the paths of its files.
// All of them are first written beside it; then each is put in place by itself,
// the index last, so that a reader never sees a part of a page or a link that
// leads nowhere. Other files in dir stay as they are, pages of runs that are gone
// among them.
func Write(dir string, s *reports.Site) (files []string, err error) {
	if err := reports.CheckDir(dir); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(dir, ".tailgate-site-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	all := pages(s)
	for _, p := range all {
		if err := create(filepath.Join(tmp, p.path), p.write); err != nil {
			return nil, fmt.Errorf("write %q: %w", filepath.Join(dir, p.path), err)
		}
	}
	for _, p := range all {
		path := filepath.Join(dir, p.path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Rename(filepath.Join(tmp, p.path), path)); err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	return files, nil
}

// create writes a file and the directory it is in.
func create(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(write(w), w.Flush(), f.Close())
}
