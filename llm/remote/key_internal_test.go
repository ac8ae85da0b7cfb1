package remote

import "testing"

// A key is struck out wherever it stands; one so short that it stands in other
// words is struck out where it is a word.
func TestKey_strike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key        Key
		text, want string
	}{
		{"", "nothing", "nothing"},
		{"sk-1234567", "bad key sk-1234567x", "bad key [key]x"},
		{"y", "do you know the key y?", "do you know the key [key]?"},
		{"mock", "mock=mock, mockery", "[key]=[key], mockery"},
		{"ку", "ку, куку", "[key], куку"},
		{"sk-0123456789", "a long story about sk-012345678…", "a long story about [key]…"},
		{"sk-0123456789", "sk-01234 is not clipped", "sk-01234 is not clipped"},
		{"sk-0123456789", "a story about risk-0…", "a story about risk-0…"},
	} {
		if got := c.key.strike(c.text); got != c.want {
			t.Errorf("strike %q from %q: %q, want %q", string(c.key), c.text, got, c.want)
		}
	}
}
