package wire

// The scan methods read what the tags of their types say, in the same names in
// lower case; FuzzScanner holds the two against each other.

func (e *anthropicEvent) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "type":
			s.string(&e.Type)
		case "message":
			e.Message.scan(s)
		case "content_block":
			e.Block.scan(s)
		case "delta":
			e.Delta.scan(s)
		case "usage":
			one(s, &e.Usage)
		case "error":
			s.absent()
		default:
			s.skip()
		}
	}
}

func (d *anthropicDelta) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "type":
			s.string(&d.Type)
		case "text":
			s.string(&d.Text)
		case "stop_reason":
			s.optional(&d.StopReason)
		default:
			s.skip()
		}
	}
}

func (u *anthropicUsageSoFar) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "input_tokens":
			s.int(&u.Input)
		case "cache_creation_input_tokens":
			s.int(&u.CacheWrites)
		case "cache_read_input_tokens":
			s.int(&u.CacheReads)
		case "output_tokens":
			s.optionalInt(&u.Output)
		default:
			s.skip()
		}
	}
}

func (a *anthropicAnswer) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "id":
			s.string(&a.ID)
		case "type":
			s.string(&a.Type)
		case "role":
			s.string(&a.Role)
		case "model":
			s.string(&a.Model)
		case "content":
			each(s, &a.Content)
		case "stop_reason":
			s.optional(&a.StopReason)
		case "stop_sequence":
			s.optional(&a.StopSequence)
		case "usage":
			one(s, &a.Usage)
		case "error":
			s.absent()
		default:
			s.skip()
		}
	}
}

func (b *anthropicBlock) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "type":
			s.string(&b.Type)
		case "text":
			s.string(&b.Text)
		default:
			s.skip()
		}
	}
}

func (u *anthropicUsage) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "input_tokens":
			s.int(&u.Input)
		case "cache_creation_input_tokens":
			s.int(&u.CacheWrites)
		case "cache_read_input_tokens":
			s.int(&u.CacheReads)
		case "output_tokens":
			s.int(&u.Output)
		case "service_tier":
			s.string(&u.ServiceTier)
		default:
			s.skip()
		}
	}
}
