// Package live shows something that is under way to browsers on this machine: a
// page, and about once a second what has changed in it, as server-sent events.
// What the page is the caller says; see [Source].
//
// Whoever looks must not slow down what is looked at. Nothing is rendered while
// nobody looks, rendering takes a twentieth of the time at most, all browsers get
// the same bytes, and one that reads slowly misses pages instead of holding them
// up.
//
// The server listens on loopback addresses unless told otherwise and answers only
// requests that name it by an address: a page from elsewhere whose name was made
// to lead here (DNS rebinding) gets nothing.
package live
