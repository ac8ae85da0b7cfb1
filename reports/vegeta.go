package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Hit is a request as vegeta's tools know it.
type Hit struct {
	Attack string // the strategy
	Seq    uint64 // within the attack, counted from 0 without gaps
	// Due is when the request was due, and Latency counts from there.
	Due     time.Time
	Latency time.Duration
	// Error is the kind of failure; "" is a success.
	Error string
}

// WriteVegeta writes a hit as a line of vegeta's JSON encoding, which vegeta
// report, plot and encode read. A success has the status 200, a failure 0, as
// vegeta gives it to a request without an answer; sizes are not known and 0.
func WriteVegeta(w io.Writer, h Hit) error {
	line := struct {
		Attack    string        `json:"attack"`
		Seq       uint64        `json:"seq"`
		Code      int           `json:"code"`
		Timestamp time.Time     `json:"timestamp"`
		Latency   time.Duration `json:"latency"` // ns
		BytesOut  uint64        `json:"bytes_out"`
		BytesIn   uint64        `json:"bytes_in"`
		Error     string        `json:"error"`
		Body      []byte        `json:"body"`
		Method    string        `json:"method"`
		URL       string        `json:"url"`
		Headers   http.Header   `json:"headers"`
	}{Attack: h.Attack, Seq: h.Seq, Timestamp: h.Due.UTC(), Latency: h.Latency, Error: h.Error, Method: http.MethodPost}
	if h.Error == "" {
		line.Code = http.StatusOK
	}
	data, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write a vegeta result: %w", err)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}
