package reports

import "bytes"

// shortObject is the longest object of plain values that stands on one line.
const shortObject = 100

// indent lays out compact JSON: a list of plain values, and a short object of
// plain values, stay on one line, since an estimate or a row of a timeline is
// read as a whole. It keeps every token, so the value does not change.
func indent(src []byte) []byte {
	out := make([]byte, 0, len(src)*3/2)
	depth := 0
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '{', '[':
			if n := flat(src[i:]); n > 0 {
				out = append(out, space(src[i:i+n])...)
				i += n - 1
				continue
			}
			depth++
			out = newline(append(out, c), depth)
		case '}', ']':
			depth--
			out = append(newline(out, depth), c)
		case ',':
			out = newline(append(out, c), depth)
		case ':':
			out = append(out, ':', ' ')
		case '"':
			n := stringLen(src[i:])
			out = append(out, src[i:i+n]...)
			i += n - 1
		default:
			out = append(out, c)
		}
	}
	return out
}

func newline(out []byte, depth int) []byte {
	out = append(out, '\n')
	return append(out, bytes.Repeat([]byte("  "), depth)...)
}

// flat returns the length of the container at the start of src if it stands on
// one line, else 0.
func flat(src []byte) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '{', '[':
			return 0
		case '"':
			i += stringLen(src[i:]) - 1
		case '}', ']':
			if src[0] == '{' && i > shortObject {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// space puts a space after the commas and colons outside strings.
func space(src []byte) []byte {
	out := make([]byte, 0, len(src)*5/4)
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case ',', ':':
			out = append(out, c, ' ')
		case '"':
			n := stringLen(src[i:])
			out = append(out, src[i:i+n]...)
			i += n - 1
		default:
			out = append(out, c)
		}
	}
	return out
}

// stringLen returns the length of the JSON string at the start of src, quotes
// included.
func stringLen(src []byte) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}
