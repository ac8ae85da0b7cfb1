// Package browser has no code but tests, which open report.html in Chromium and
// check what no other test can see: that it draws, fits every screen, prints, can
// be read without colour, mouse or script, and lets no name in it become markup.
//
// It is a module of its own, so that the driver of the browser never enters the
// go.mod of tailgate. Run it with make browser. Without a Chromium all tests are
// skipped.
package browser
