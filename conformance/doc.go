// Package conformance holds the vendors' own client libraries against the mock:
// what they make of every answer and failure, how often they try again and how
// long they wait in between. And the other way round: it holds package remote
// against a mock of somebody else.
//
// It is a module of its own, so that the libraries never enter tailgate's go.mod.
// All of it is tests; README.md says what is held.
package conformance
