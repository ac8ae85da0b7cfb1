package wire

// The scan methods read what the tags of their types say, in the same names in
// lower case; FuzzScanner holds the two against each other.

func (e *responsesEvent) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "type":
			s.string(&e.Type)
		case "delta":
			s.string((*string)(&e.Delta)) // what is no string is rare
		case "refusal":
			s.string((*string)(&e.Refusal))
		case "response":
			one(s, &e.Response)
		case "error":
			s.absent()
		default:
			s.skip()
		}
	}
}

func (r *response) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "status":
			s.string(&r.Status)
		case "incomplete_details":
			one(s, &r.Incomplete)
		case "model":
			s.string(&r.Model)
		case "output":
			each(s, &r.Output)
		case "usage":
			one(s, &r.Usage)
		case "error":
			s.absent()
		default:
			s.skip()
		}
	}
}

func (i *responsesIncomplete) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "reason":
			s.string(&i.Reason)
		default:
			s.skip()
		}
	}
}

func (i *responsesItem) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "type":
			s.string(&i.Type)
		case "content":
			each(s, &i.Content)
		default:
			s.skip()
		}
	}
}

func (p *responsesPart) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "type":
			s.string(&p.Type)
		case "text":
			s.string(&p.Text)
		case "refusal":
			s.string(&p.Refusal)
		default:
			s.skip()
		}
	}
}

func (u *responsesUsage) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "input_tokens":
			s.int(&u.Input)
		case "input_tokens_details":
			u.InputDetails.scan(s)
		case "output_tokens":
			s.int(&u.Output)
		case "output_tokens_details":
			u.OutputDetails.scan(s)
		case "total_tokens":
			s.int(&u.Total)
		default:
			s.skip()
		}
	}
}

func (d *responsesInputDetails) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "cached_tokens":
			s.int(&d.Cached)
		case "cache_write_tokens":
			s.int(&d.CacheWrites)
		default:
			s.skip()
		}
	}
}

func (d *responsesOutputDetails) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "reasoning_tokens":
			s.int(&d.Reasoning)
		default:
			s.skip()
		}
	}
}
