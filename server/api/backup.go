package api

import (
	"bufio"
	"context"
	"io"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// mediaBackup is the type of a backup.
const mediaBackup = "application/vnd.pollwright.backup"

// backupCalls: a copy of everything.
type backupCalls interface {
	Backup(ctx context.Context, caller engine.Caller, w io.Writer) error
}

func (s *Server) backupRoutes(r fiber.Router) {
	r.Add(fiber.MethodGet, "/backup", s.owned(s.backup)) // Get would serve HEAD, too
}

// backup answers GET /backup: a copy of what the data folder holds, sealed. It may take as long as its reader goes on reading. A copy that could not be
// ended is a broken connection, since its status is sent by then.
func (s *Server) backup(c *fiber.Ctx, caller engine.Caller) error {
	out := s.stream(c, func(ctx context.Context, w io.Writer) error { return s.engine.Backup(ctx, caller, w) })
	if err := out.begun(); err != nil {
		return err
	}
	c.Request().Header.Del(fiber.HeaderAcceptEncoding) // what is sealed does not get smaller
	c.Status(fiber.StatusOK).Set(fiber.HeaderContentType, mediaBackup)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="pollwright.backup"`)
	c.Context().SetBodyStream(out, -1)
	return nil
}

// stream is an answer that is written while it is sent. Whoever is given it closes it.
type stream struct {
	server *Server
	conn   net.Conn
	id     string
	cancel context.CancelFunc
	pipe   *io.PipeReader
	in     *bufio.Reader
	ended  chan struct{}
	err    error // of write; to be read when ended is closed
}

// stream begins to write an answer. A request's own deadline does not hold for it; the end of the server does.
func (s *Server) stream(c *fiber.Ctx, write func(context.Context, io.Writer) error) *stream {
	work, _ := c.Locals(localWork{}).(context.Context)
	ctx, cancel := context.WithCancel(work)
	r, w := io.Pipe()
	out := &stream{server: s, conn: c.Context().Conn(), id: requestID(c), cancel: cancel, pipe: r, in: bufio.NewReaderSize(r, 64<<10), ended: make(chan struct{})}
	context.AfterFunc(ctx, func() { _ = r.CloseWithError(ctx.Err()) }) // a writer that waits for its reader ends, too
	go func() {
		defer close(out.ended)
		out.err = write(ctx, w)
		_ = w.CloseWithError(out.err) // nil is the end
	}()
	return out
}

// begun waits for the first byte. An error that comes instead is the request's, and the stream is closed.
func (o *stream) begun() error {
	_, err := o.in.Peek(1)
	if err != nil {
		o.cancel()
		<-o.ended
		if o.err != nil {
			err = o.err
		}
	}
	return err
}

// Read has the connection's deadline begin anew: the time of a whole answer is for one piece.
func (o *stream) Read(p []byte) (int, error) {
	if err := o.conn.SetWriteDeadline(time.Now().Add(o.server.writing)); err != nil {
		return 0, err
	}
	return o.in.Read(p)
}

// Close ends the writing, and waits for that.
func (o *stream) Close() error {
	select {
	case <-o.ended:
	default:
		o.cancel()
		<-o.ended
	}
	o.cancel()
	if o.err != nil {
		o.server.log.Warn("answer broken off", "request", o.id, "err", o.err)
	}
	return o.err
}
