// Package interop holds tests that let the code of other projects read what
// tailgate writes for them.
package interop
