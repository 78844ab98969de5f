// The kernels of package gap: tiles of a similarity matrix in float32. See kernel.c and kernel_template.h.

// The shape of a tile. GAP_ROWS is a multiple of every kernel's MR and of GAP_GROUP; GAP_COLUMNS of every kernel's 2*W.
// GAP_LANES is the greatest W.
enum { GAP_ROWS = 48, GAP_COLUMNS = 128, GAP_GROUP = 4, GAP_DEPTH = 128, GAP_LANES = 16 };

// An instruction set.
enum { GAP_BASE, GAP_AVX2, GAP_AVX512 };

// gap_product stores the product of a packed block of rows and a packed block of columns of width d into s: its first columns columns, up to
// GAP_COLUMNS, and perhaps some more. The packing is that of gap_panel_rows(set) rows and gap_panel_columns(set) columns a panel.
void gap_product(int set, const float *a, const float *b, long d, long columns, float *s);
int gap_panel_rows(int set);
int gap_panel_columns(int set);
int gap_lanes(int set);

// gap_sweep takes a tile s into the accumulators of a sweep. At λ number l, the moved cosine of row i and column j is
//
//	c = (s_ij + add_li - sub_lj)·(p_li·q_lj)
//
// It goes into row_max_li and col_max_lj, and for every scale number k a term is added to row_lki and col_lkj: where source_k < 0,
// 2^((slope_k + low_k)·(c - shift_l)), and else the power_k-th power of the term of the earlier scale source_k, power_k from 2 to 10. Row l
// of add, p, row_max and row lk of row start row_stride apart, rows of sub and q col_stride, rows of col_max and col GAP_COLUMNS. work
// holds (GAP_GROUP + (1 + GAP_GROUP)·scales)·GAP_COLUMNS floats.
void gap_sweep(int set, const float *s, long lambdas, const float *add, const float *p, float *row_max, long row_stride, const float *sub,
               const float *q, long col_stride, float *col_max, const float *shift, long scales, const int *source, const int *power,
               const float *slope, const float *low, const float *least, double *row, double *col, float *work);

// gap_nearest takes a tile s, whose first column is number first (below 2^24), into the nearest columns of every row i at every λ number l:
// best, second and index hold the greatest (s_ij + add_li - sub_lj)·q_lj, the second greatest, and the first column of the greatest, apart
// for each of the gap_lanes(set) classes of columns mod that number; lane k stands at (l·GAP_ROWS + i)·GAP_LANES + k. Rows of add start
// row_stride apart, those of sub and q GAP_COLUMNS.
void gap_nearest(int set, const float *s, long lambdas, const float *add, long row_stride, const float *sub, const float *q, long first,
                 float *best, float *second, float *index);

// gap_unit_sum adds x/|x| of n rows of d entries each to sum, in float64. A row of zeros adds NaN.
void gap_unit_sum(int set, const float *x, long n, long d, double *sum);
