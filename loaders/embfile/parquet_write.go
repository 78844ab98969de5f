package embfile

import (
	"errors"
	"io"
	"maps"
	"slices"

	"mindgap/gap"

	"github.com/parquet-go/parquet-go"
)

// parquetGroup is the number of rows of a row group, which the writer holds in memory.
const parquetGroup = 1 << 14

// A parquetRow is the schema that is written: required list embedding { required float element }.
type parquetRow struct {
	Embedding []float32 `parquet:"embedding,list"`
}

// writeParquet writes one column of lists, "embedding", uncompressed, since numbers like these do not get smaller. The metadata are
// key-value pairs of the footer.
func writeParquet(w io.Writer, e *gap.Embeddings, meta map[string]string, _ DType) error {
	options := []parquet.WriterOption{parquet.MaxRowsPerRowGroup(parquetGroup), parquet.CreatedBy("mindgap", "1", ""), parquet.Compression(&parquet.Uncompressed)}
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		options = append(options, parquet.KeyValueMetadata(key, meta[key]))
	}
	out := parquet.NewGenericWriter[parquetRow](w, options...)
	rows := make([]parquetRow, 0, 256)
	for i := 0; i < e.N; i += cap(rows) {
		rows = rows[:0]
		for k := i; k < min(i+cap(rows), e.N); k++ {
			rows = append(rows, parquetRow{e.Row(k)})
		}
		if _, err := out.Write(rows); err != nil {
			return errors.Join(err, out.Close())
		}
	}
	return out.Close()
}
