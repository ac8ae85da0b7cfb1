package scenarios

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// faultReader reads the settings of one kind of fault. What it returns makes
// the fault afresh, on a time scale.
type faultReader func(value) func(timescale) fault.Fault

// faultKinds are the kinds of faults.
func faultKinds() map[string]faultReader {
	return map[string]faultReader{
		"latency":     readLatency,
		"first_token": readFirstToken,
		"status":      readStatus,
		"outage":      readOutage,
		"incidents":   readIncidents,
		"brownout":    readBrownout,
		"hang":        readHang,
		"stall":       readStall,
		"reset":       readReset,
		"refuse":      readRefuse,
		"rate_limit":  readRateLimit,
		"key_limit":   readKeyLimit,
		"capacity":    readCapacity,
		"truncate":    readTruncate,
		"malformed":   readMalformed,
		"in_stream":   readInStream,
		"blank":       readBlank,
		"empty":       readEmpty,
		"refusal":     readRefusal,
		"wrong_model": readWrongModel,
		"no_usage":    readNoUsage,
	}
}

// settings reads a mapping that may be left out.
func (v value) settings(f fields) present {
	if v.empty() {
		return nil
	}
	return v.object(f)
}

func readLatency(v value) func(timescale) fault.Fault {
	f := v.slowdown()
	return func(s timescale) fault.Fault { return f.scaled(s) }
}

func readFirstToken(v value) func(timescale) fault.Fault {
	f := v.slowdown()
	return func(s timescale) fault.Fault { return fault.FirstToken(f.scaled(s)) }
}

// slowdown is how a time grows.
type slowdown fault.Latency

// slowdown reads how a time grows.
func (v value) slowdown() (f slowdown) {
	found := v.object(fields{
		"replace":  func(v value) { f.Replace = v.dist(times()) },
		"multiply": func(v value) { f.Multiply = v.above() },
		"add":      func(v value) { f.Add = v.duration() },
	})
	if v.isMapping() && len(found) == 0 {
		v.fail("changes nothing: give add, multiply or replace")
	}
	return f
}

func (f slowdown) scaled(s timescale) fault.Latency {
	return fault.Latency{Replace: s.dist(f.Replace), Multiply: f.Multiply, Add: s.time(f.Add)}
}

func readStatus(v value) func(timescale) fault.Fault {
	var f fault.Status
	found := v.object(fields{
		"code":        func(v value) { f.Code = v.integer(http.StatusBadRequest, 599) },
		"retry_after": func(v value) { f.RetryAfter = llm.HintAfter(v.duration()) },
		"after":       func(v value) { f.After = v.positive() },
		"kind":        func(v value) { f.Kind = v.kind() },
		"reason":      func(v value) { f.Reason = v.reason() },
		"should_retry": func(v value) {
			f.Override = llm.ForbidRetry
			if v.boolean() {
				f.Override = llm.ForceRetry
			}
		},
		"html": func(v value) { f.Page = v.boolean() },
	})
	v.need(found, "code")
	checkStatus(found, f)
	return func(s timescale) fault.Fault {
		scaled := f
		scaled.RetryAfter.After, scaled.After = s.time(f.RetryAfter.After), s.after(f.After)
		return scaled.Fresh()
	}
}

// checkStatus checks that what a response is to say can be said together.
func checkStatus(found present, f fault.Status) {
	if found.has("reason") {
		if f.Code != http.StatusTooManyRequests {
			found["reason"].fail("has a meaning for code 429 only")
		}
		if found.has("kind") {
			found["kind"].fail("follows from the reason: leave it out")
		}
	}
	if found.has("kind") && f.Kind != llm.Unknown && f.Code != 0 {
		if may := sayable(f.Code); !slices.Contains(may, f.Kind.String()) {
			found["kind"].fail("is nothing that a vendor's response of status %d says: allowed are %s", f.Code, strings.Join(may, ", "))
		}
	}
	for _, key := range []string{"kind", "reason"} {
		if f.Page && found.has(key) {
			found[key].fail("has no meaning beside html: true, a page that says nothing but its status")
		}
	}
}

// sayable returns the kinds of failure that a client can read out of an error
// response of the status in at least one vendor's words.
func sayable(code int) (all []string) {
	for _, k := range llm.Kinds() {
		var p fault.Plan
		fault.Status{Code: code, Kind: k}.Apply(&p, fault.Instant{})
		if slices.ContainsFunc(wire.Formats(), func(f wire.Format) bool {
			r := f.EncodeError(wire.Head{Request: &llm.Request{}}, p.Failure)
			return llm.AsError(f.DecodeError(r.Status, r.Header, r.Body, time.Time{})).Kind == k
		}) {
			all = append(all, k.String())
		}
	}
	return all
}

// reason reads the cause of an error.
func (v value) reason() llm.Reason {
	var all []string
	for _, r := range llm.Reasons() {
		all = append(all, string(r))
	}
	return llm.Reason(v.choice("reason", all...))
}

func readOutage(v value) func(timescale) fault.Fault {
	var f fault.Outage
	before := len(v.r.errs)
	found := v.settings(fields{
		"unavailable": func(v value) { f.Unavailable = v.share() },
		"overloaded":  func(v value) { f.Overloaded = v.share() },
		"hang":        func(v value) { f.Hang = v.share() },
		"refuse":      func(v value) { f.Refuse = v.share() },
		"after":       func(v value) { f.After = v.positive() },
	})
	weights := len(found)
	if found.has("after") {
		weights--
	}
	if weights > 0 && f.Unavailable+f.Overloaded+f.Hang+f.Refuse == 0 && len(v.r.errs) == before {
		v.fail("has only shares of 0: leave them out for the default mix")
	}
	return func(s timescale) fault.Fault {
		scaled := f
		scaled.After = s.after(f.After)
		return scaled
	}
}

func readHang(v value) func(timescale) fault.Fault {
	var f fault.Hang
	v.settings(fields{"after_tokens": func(v value) { f.AfterTokens = v.integer(0, math.MaxInt32) }})
	return func(timescale) fault.Fault { return f }
}

func readReset(v value) func(timescale) fault.Fault {
	var f fault.Reset
	v.settings(fields{"after_share": func(v value) { f.AfterShare = v.share() }})
	return func(timescale) fault.Fault { return f }
}

func readRefuse(v value) func(timescale) fault.Fault {
	v.settings(fields{})
	return func(timescale) fault.Fault { return fault.Refuse{} }
}

func readRateLimit(v value) func(timescale) fault.Fault {
	var requests, tokens int
	var period, after time.Duration
	var burst float64
	found := v.object(fields{
		"requests": func(v value) { requests = v.integer(1, math.MaxInt32) },
		"tokens":   func(v value) { tokens = v.integer(1, math.MaxInt32) },
		"period":   func(v value) { period = v.positive() },
		"burst":    func(v value) { burst = v.number(math.SmallestNonzeroFloat64, 1000) },
		"after":    func(v value) { after = v.positive() },
	})
	if v.isMapping() && !found.has("requests") && !found.has("tokens") {
		v.fail("limits nothing: give requests, tokens or both")
	}
	if period == 0 {
		period = time.Minute
	}
	return func(s timescale) fault.Fault {
		return &fault.RateLimit{Requests: requests, Tokens: tokens, Period: s.time(period), Burst: burst, After: s.after(after)}
	}
}

func readCapacity(v value) func(timescale) fault.Fault {
	var f fault.Capacity
	found := v.object(fields{
		"concurrency": func(v value) { f.Concurrency = v.integer(1, math.MaxInt32) },
		"queue":       func(v value) { f.Queue = v.integer(0, math.MaxInt32) },
	})
	v.need(found, "concurrency")
	return func(s timescale) fault.Fault {
		scaled := f
		scaled.After = s.after(0)
		return scaled
	}
}

func readTruncate(v value) func(timescale) fault.Fault {
	var f fault.Truncate
	v.settings(fields{
		"share":  func(v value) { f.Share = v.part() },
		"inside": func(v value) { f.Inside = v.boolean() },
	})
	return func(timescale) fault.Fault { return f }
}

func readMalformed(v value) func(timescale) fault.Fault {
	v.settings(fields{})
	return func(timescale) fault.Fault { return fault.Malformed{} }
}

// after returns the time until an error comes on the scale, default included.
func (s timescale) after(d time.Duration) time.Duration {
	if d == 0 {
		d = fault.DefaultAfter
	}
	return s.time(d)
}

// kind reads a kind of failure.
func (v value) kind() llm.Kind {
	var all []string
	for _, k := range llm.Kinds() {
		if k != llm.Unknown {
			all = append(all, k.String())
		}
	}
	k, _ := llm.ParseKind(v.choice("kind of failure", all...))
	return k
}

// boolean reads true or false.
func (v value) boolean() bool { return v.choice("truth value", "true", "false") == "true" }
