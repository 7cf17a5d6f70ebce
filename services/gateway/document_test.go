package gateway_test

import (
	"context"
	"net"
	"net/http/httptest"
	"testing"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	invoicesv1 "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	"github.com/aisle-retail/aisle/services/gateway"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/rpc"
)

// renderer answers with a document, or with why there is none.
type renderer struct {
	invoicesv1.UnimplementedInvoiceServiceServer
}

const document = "%PDF-1.7 \x00\xff not JSON"

func (renderer) RenderInvoice(_ context.Context, r *invoicesv1.RenderInvoiceRequest) (*httpbody.HttpBody, error) {
	if r.GetFormat() == invoicesv1.InvoiceFormat_INVOICE_FORMAT_PDF {
		return &httpbody.HttpBody{ContentType: "application/pdf", Data: []byte(document)}, nil
	}
	return nil, retail.Refuse(retail.UnknownInvoice, "there is no such invoice")
}

// TestDocuments is that an answer that is a document goes out as it is, and that a refusal of one is JSON like any other.
func TestDocuments(t *testing.T) {
	keys, err := rpc.ParseKeys([]byte(testKeys))
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.NewServer(rpc.Config{Keys: keys, Logger: quiet(), Register: func(r grpc.ServiceRegistrar) {
		invoicesv1.RegisterInvoiceServiceServer(r, renderer{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	handler, err := gateway.New(gateway.Config{Conn: conn, Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(handler)
	t.Cleanup(site.Close)

	const path = "/v1/invoices/0198c0de-0000-7000-8000-000000000001:render"
	got := get(t, site, path+"?format=INVOICE_FORMAT_PDF", "Authorization", "Bearer "+staffKey)
	if got.status != 200 || got.body != document || got.header.Get("Content-Type") != "application/pdf" ||
		got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q %v", got.status, got.body, got.header)
	}
	refused := send(t, site, "GET", path, staffKey, "")
	refused.want(t, 404, 5, "UNKNOWN_INVOICE")
	if refused.header.Get("Content-Type") != "application/json" {
		t.Errorf("a refusal is %s", refused.header.Get("Content-Type"))
	}
}
