// Package site turns saved runs into a folder of pages: an index with the latest
// verdict of every scenario, a page with the history of each, the report of every
// run, a badge and a feed. What is on the pages is package reports'; this package
// finds the runs, says in which order they were made, and puts the files in
// place.
//
// The same runs under the same names give the same bytes. Nothing is taken from
// the file system but names and contents: the time of a file is that of the last
// checkout.
package site
