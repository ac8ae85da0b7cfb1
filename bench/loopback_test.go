package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

// limited is a load that is answered in time up to a rate.
func limited(limit int) load {
	return func(_ context.Context, perSecond int, _ time.Duration) (latency, error) {
		if perSecond > limit {
			return latency{p99: time.Second, answered: true}, nil
		}
		return latency{p99: time.Millisecond, answered: true}, nil
	}
}

func TestSustained(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{20, 333, 3999, 4000, 4001, 5000, 77_777} {
		got, err := sustained(t.Context(), limited(limit), time.Second)
		if err != nil || got > float64(limit)+1 || got < float64(limit)*0.97 {
			t.Errorf("sustained = %v, %v, want at most 2 %% below %d", got, err, limit)
		}
	}
}

func TestSustained_error(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	after := 3
	_, err := sustained(t.Context(), func(context.Context, int, time.Duration) (latency, error) {
		after--
		if after < 0 {
			return latency{}, broken
		}
		return latency{answered: true}, nil
	}, time.Second)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}
