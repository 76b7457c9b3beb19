;; Forests of one row as WebAssembly: what lambdas/shared/executor/kernels/forest-arena.ts lays out in memory is read here.
;; Places are bytes. Codes lie at 0, four bytes each, so that a key's low bits are a code's place.
(module
  (import "forest" "memory" (memory 1))

  ;; Writes the codes of a row. From $question to $end lie entries of five integers:
  ;; column (bytes into $x) · first cut · count of cuts · place of the code · place of the code where NaN goes left
  ;; A comparison with NaN fails, so that its code is 0; where it goes right it is the count.
  (func (export "ask") (param $x i32) (param $question i32) (param $end i32)
    (local $value f32) (local $first i32) (local $low i32) (local $left i32) (local $half i32) (local $code i32)
    (loop $questions
      (local.set $value (f32.load (i32.add (local.get $x) (i32.load (local.get $question)))))
      (local.set $low (local.tee $first (i32.load offset=4 (local.get $question))))
      (local.set $left (i32.load offset=8 (local.get $question)))
      (block $found
        (loop $search
          (br_if $found (i32.le_u (local.get $left) (i32.const 1)))
          (local.set $half (i32.shr_u (local.get $left) (i32.const 1)))
          (local.set $left (i32.sub (local.get $left) (local.get $half)))
          (local.set $half (i32.add (local.get $low) (i32.shl (local.get $half) (i32.const 2))))
          ;; Chosen, not branched: which way a search goes is what no processor guesses.
          (local.set $low
            (select (local.get $half) (local.get $low)
              (f32.lt (f32.load (i32.sub (local.get $half) (i32.const 4))) (local.get $value))))
          (br $search)))
      (local.set $code
        (i32.add
          (i32.shr_u (i32.sub (local.get $low) (local.get $first)) (i32.const 2))
          (f32.lt (f32.load (local.get $low)) (local.get $value))))
      (i32.store (i32.load offset=16 (local.get $question)) (local.get $code))
      (i32.store (i32.load offset=12 (local.get $question))
        (select (local.get $code) (i32.load offset=8 (local.get $question))
          (f32.eq (local.get $value) (local.get $value))))
      (br_if $questions
        (i32.lt_u (local.tee $question (i32.add (local.get $question) (i32.const 20))) (local.get $end)))))

  ;; Walks $fours · 4 trees, filled up to $depth levels of nodes of $treeBytes a tree; writes the leaf of each to $leaves,
  ;; counted from tree to tree. A key is `rank << 14 | place of the code`; children of what lies at i are at 2i + 4 and 2i + 8.
  (func (export "walk")
    (param $a i32) (param $treeBytes i32) (param $depth i32) (param $fours i32) (param $leaves i32)
    (local $b i32) (local $c i32) (local $d i32) (local $leaf i32) (local $leafCount i32) (local $level i32)
    (local $i i32) (local $j i32) (local $k i32) (local $l i32) (local $m i32) (local $n i32) (local $o i32) (local $p i32)
    (local.set $leaf (i32.sub (i32.const 0) (i32.shr_u (local.get $treeBytes) (i32.const 2))))
    (local.set $leafCount (i32.shl (i32.const 1) (local.get $depth)))
    (loop $trees
      (local.set $b (i32.add (local.get $a) (local.get $treeBytes)))
      (local.set $c (i32.add (local.get $b) (local.get $treeBytes)))
      (local.set $d (i32.add (local.get $c) (local.get $treeBytes)))
      (local.set $i (i32.const 0))
      (local.set $j (i32.const 0))
      (local.set $k (i32.const 0))
      (local.set $l (i32.const 0))
      (local.set $level (local.get $depth))
      ;; Four walks in step, so that the processor need not wait for one load at a time.
      (loop $levels
        (local.set $m (i32.load (i32.add (local.get $a) (local.get $i))))
        (local.set $n (i32.load (i32.add (local.get $b) (local.get $j))))
        (local.set $o (i32.load (i32.add (local.get $c) (local.get $k))))
        (local.set $p (i32.load (i32.add (local.get $d) (local.get $l))))
        (local.set $i (i32.add (i32.add (i32.shl (local.get $i) (i32.const 1)) (i32.const 4))
          (i32.and (i32.const 4) (i32.shr_u (i32.sub (i32.shr_s (local.get $m) (i32.const 14))
            (i32.load (i32.and (local.get $m) (i32.const 0x3ffc)))) (i32.const 29)))))
        (local.set $j (i32.add (i32.add (i32.shl (local.get $j) (i32.const 1)) (i32.const 4))
          (i32.and (i32.const 4) (i32.shr_u (i32.sub (i32.shr_s (local.get $n) (i32.const 14))
            (i32.load (i32.and (local.get $n) (i32.const 0x3ffc)))) (i32.const 29)))))
        (local.set $k (i32.add (i32.add (i32.shl (local.get $k) (i32.const 1)) (i32.const 4))
          (i32.and (i32.const 4) (i32.shr_u (i32.sub (i32.shr_s (local.get $o) (i32.const 14))
            (i32.load (i32.and (local.get $o) (i32.const 0x3ffc)))) (i32.const 29)))))
        (local.set $l (i32.add (i32.add (i32.shl (local.get $l) (i32.const 1)) (i32.const 4))
          (i32.and (i32.const 4) (i32.shr_u (i32.sub (i32.shr_s (local.get $p) (i32.const 14))
            (i32.load (i32.and (local.get $p) (i32.const 0x3ffc)))) (i32.const 29)))))
        (br_if $levels (local.tee $level (i32.sub (local.get $level) (i32.const 1)))))
      (i32.store (local.get $leaves) (i32.add (local.get $leaf) (i32.shr_u (local.get $i) (i32.const 2))))
      (local.set $leaf (i32.add (local.get $leaf) (local.get $leafCount)))
      (i32.store offset=4 (local.get $leaves) (i32.add (local.get $leaf) (i32.shr_u (local.get $j) (i32.const 2))))
      (local.set $leaf (i32.add (local.get $leaf) (local.get $leafCount)))
      (i32.store offset=8 (local.get $leaves) (i32.add (local.get $leaf) (i32.shr_u (local.get $k) (i32.const 2))))
      (local.set $leaf (i32.add (local.get $leaf) (local.get $leafCount)))
      (i32.store offset=12 (local.get $leaves) (i32.add (local.get $leaf) (i32.shr_u (local.get $l) (i32.const 2))))
      (local.set $leaf (i32.add (local.get $leaf) (local.get $leafCount)))
      (local.set $leaves (i32.add (local.get $leaves) (i32.const 16)))
      (local.set $a (i32.add (local.get $d) (local.get $treeBytes)))
      (br_if $trees (local.tee $fours (i32.sub (local.get $fours) (i32.const 1))))))

  ;; Sums one weight for each leaf from $leaves to $end, in their order, rounded after every sum.
  (func (export "sum") (param $leaves i32) (param $end i32) (param $weights i32) (result f32)
    (local $total f32)
    (loop $trees
      (local.set $total
        (f32.add (local.get $total)
          (f32.load (i32.add (local.get $weights) (i32.shl (i32.load (local.get $leaves)) (i32.const 2))))))
      (br_if $trees (i32.lt_u (local.tee $leaves (i32.add (local.get $leaves) (i32.const 4))) (local.get $end))))
    (local.get $total))
)
