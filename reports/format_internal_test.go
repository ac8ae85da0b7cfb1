package reports

import "testing"

func TestFormat(t *testing.T) {
	t.Parallel()
	tests := []struct{ got, want string }{
		{formatMS(0), "0 ms"},
		{formatMS(0.5), "0.500 ms"},
		{formatMS(9.996), "10.0 ms"},
		{formatMS(634.4), "634 ms"},
		{formatMS(999.4), "999 ms"},
		{formatMS(999.6), "1.00 s"},
		{formatMS(1123), "1.12 s"},
		{formatMS(123_456), "123 s"},
		{formatMS(-1500), "−1.50 s"},
		{formatShare(1), "100%"},
		{formatShare(0), "0%"},
		{formatShare(0.99988), "99.988%"},
		{formatShare(0.9999999), "99.99999%"},
		{formatShare(0.971), "97.1%"},
		{formatShare(0.0001), "0.01%"},
		{formatChange(0.33), "−67%"},
		{formatChange(1.02), "+2%"},
		{formatChange(0.999), "0%"},
		{formatPoints(0.029), "+2.9 pt"},
		{formatPoints(-0.0001), "−0.01 pt"},
		{formatUSD(0), "$0.00"},
		{formatUSD(3), "$3.00"},
		{formatUSD(0.4), "$0.40"},
		{formatUSD(0.00341), "$0.00341"},
		{formatUSD(0.4599), "$0.460"},
		{formatCalls(1), "1.00"},
		{formatCalls(2.97), "2.97"},
		{formatCalls(0.0031), "0.003"},
		{formatCount(999), "999"},
		{formatCount(120_000), "120,000"},
		{formatCount(-1_234_567), "-1,234,567"},
		{formatClock(65_000), "1:05"},
		{formatClock(7_200_000), "2:00:00"},
		{formatDuration(0), "0 s"},
		{formatDuration(9000), "9 s"},
		{formatDuration(12_340), "12.3 s"},
		{formatDuration(125_000), "2 min 5 s"},
		{formatDuration(3_600_000), "1 h"},
		{shorten("münchen", 4), "mün…"},
		{oneOf([]string{"a"}), "a"},
		{oneOf([]string{"a", "b", "c"}), "a, b or c"},
		{allOf([]string{"a", "b", "c", "d", "e"}), "a, b and 3 others"},
		{plural(1, "strategy"), "1 strategy"},
		{plural(2000, "strategy"), "2,000 strategies"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
