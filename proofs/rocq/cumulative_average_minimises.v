(** The plain average of mu over successive batches of one size, made with the momentum 1/t at batch
    t, minimises the layer's total least squares distance over all samples, and nothing else does.

    Batches 0, 1, 2, ... have N samples each; t_k(j, n) is the projection <w_k, z> + c_k of sample n
    of batch j, and mu_k(j) the mean over batch j (Eq. 3).

    1. After batch 0 the average is mu_k(0). At the next batch, the t-th, it moves by the momentum
       1/t times mu_k(j) less itself: from the average A of j batches to (j A + mu_k(j)) / (j + 1).
       By induction it is the plain average ([cumulative_is_plain]).
    2. Since the batches have one size, that is the mean of the projections of all samples together
       ([cumulative_is_mean]).
    3. Over all samples the mean of (t - a)^2 is the variance plus (a - mean)^2
       ([mean_squared_deviation]), so the loss at mu is the loss at the means plus the sum of
       (mu_k - mean_k)^2 / ||w_k||^2, which is 0 only at the means.
    4. With the momentum 1/10, which frameworks use, the average of two batches of one sample, 0 and
       1, is 1/10. The minimiser is 1/2 ([moving_average_minimises]).

    What is general: any number and size N >= 1 of batches, any width K and dimension d, any rows
    w_k != 0, biases and inputs, over any real field R. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** <w, z> and ||w||^2. *)
Definition inner d (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

Definition squared_norm d (w : 'rV[R]_d) : R := inner w w.

(** The mean of numbers t_i (Eq. 3), i in any finite set. *)
Definition mean (I : finType) (t : I -> R) : R := (\sum_i t i) / #|I|%:R.

(** The average after the batches 0 to j, with the momentum 1/t at the t-th batch. *)
Fixpoint cumulative_average (m : nat -> R) (j : nat) : R :=
  match j with
  | 0 => m 0%N
  | i.+1 => let A := cumulative_average m i in A + i.+2%:R^-1 * (m i.+1 - A)
  end.

(** The layer: K rows w_k with biases c_k; sample n of batch j is z j n. *)
Variables (d K N : nat) (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : nat -> 'I_N -> 'rV[R]_d).

Definition projection (k : 'I_K) (j : nat) (n : 'I_N) : R := inner (w k) (z j n) + c k.

(** mu_k of each batch, and its average after the batches 0 to j. *)
Definition batch_mean (k : 'I_K) (j : nat) : R := mean (projection k j).

Definition averaged_mean (j : nat) : 'rV[R]_K := \row_k cumulative_average (batch_mean k) j.

(** d(z, H)^2 for H = {z : <w, z> + c = mu} (Eq. 7). *)
Definition squared_distance (k : 'I_K) (mu : R) (j : nat) (n : 'I_N) : R :=
  (projection k j n - mu) ^+ 2 / squared_norm (w k).

(** The total least squares distance over all samples of the batches 0 to j (Eq. 8-9). *)
Definition loss (j : nat) (mu : 'rV[R]_K) : R :=
  \sum_(k < K) mean (fun s : 'I_j.+1 * 'I_N => squared_distance k (mu 0 k) s.1 s.2).

End Definitions.

Section Mean.

Variables (R : realFieldType) (I : finType).
Implicit Types t u : I -> R.

Lemma eq_mean t u : t =1 u -> mean t = mean u.
Proof. by move=> eq_tu; congr (_ / _); apply: eq_bigr => i _; apply: eq_tu. Qed.

Lemma meanD t u : mean (fun i => t i + u i) = mean t + mean u.
Proof. by rewrite /mean big_split mulrDl. Qed.

Lemma meanZ a t : mean (fun i => a * t i) = a * mean t.
Proof. by rewrite /mean -mulr_sumr mulrA. Qed.

Hypothesis nonempty : (0 < #|I|)%N.

Lemma mean_constant (a : R) : mean (fun _ : I => a) = a.
Proof. by rewrite /mean sumr_const -(mulr_natr a) mulfK // pnatr_eq0 -lt0n. Qed.

(** Step 3. *)
Lemma mean_squared_deviation t (a : R) :
  mean (fun i => (t i - a) ^+ 2) = mean (fun i => (t i - mean t) ^+ 2) + (a - mean t) ^+ 2.
Proof.
pose m := mean t.
have split i : (t i - a) ^+ 2 = (t i - m) ^+ 2 + (2%:R * (m - a) * (t i - m) + (a - m) ^+ 2).
  by ring.
have deviation0 : mean (fun i => t i - m) = 0 by rewrite meanD mean_constant subrr.
by rewrite (eq_mean split) meanD meanD meanZ deviation0 mulr0 add0r mean_constant.
Qed.

End Mean.

(** Step 1. *)
Lemma cumulative_is_plain (R : realFieldType) (m : nat -> R) j :
  cumulative_average m j = mean (fun i : 'I_j.+1 => m i).
Proof.
rewrite /mean card_ord; elim: j => [|j IH] /=; first by rewrite big_ord1 divr1.
rewrite IH [in RHS]big_ord_recr /=.
have j1_neq0 : j.+1%:R != 0 :> R by rewrite pnatr_eq0.
have j2_neq0 : j.+2%:R != 0 :> R by rewrite pnatr_eq0.
move: j1_neq0 j2_neq0; rewrite [j.+2%:R]mulrS; set n := j.+1%:R => n_neq0 n1_neq0.
by field; rewrite n_neq0 n1_neq0.
Qed.

(** Step 2. *)
Lemma cumulative_is_mean (R : realFieldType) (N : nat) (t : nat -> 'I_N -> R) j :
  cumulative_average (fun i => mean (t i)) j = mean (fun s : 'I_j.+1 * 'I_N => t s.1 s.2).
Proof.
rewrite cumulative_is_plain /mean card_prod natrM invfM -mulr_suml -mulrA [in LHS]mulrC.
by rewrite (pair_bigA _ (fun i n => t (i : 'I_j.+1) n)) mulrC [_^-1 * _^-1]mulrC.
Qed.

Section SquaredNorm.

Variables (R : realFieldType) (d : nat).

Lemma squared_norm_gt0 (w : 'rV[R]_d) : w != 0 -> 0 < squared_norm w.
Proof.
move=> w_neq0; have square_ge0 (i : 'I_d) : true -> 0 <= w 0 i * w 0 i.
  by rewrite -expr2 sqr_ge0.
rewrite lt_neqAle sumr_ge0 // andbT eq_sym.
apply: contra w_neq0; rewrite psumr_eq0 // => /allP zero; apply/eqP/rowP => i.
by rewrite mxE; apply/eqP; have := zero i (mem_index_enum i); rewrite -expr2 sqrf_eq0.
Qed.

End SquaredNorm.

Theorem cumulative_average_minimises (R : realFieldType) (d K N : nat)
    (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : nat -> 'I_N -> 'rV[R]_d)
    (N_gt0 : (0 < N)%N) (w_neq0 : forall k, w k != 0) (j : nat) :
  let L := loss w c z j in
  let m := averaged_mean w c z j in
  (forall mu, L mu = L m + \sum_(k < K) (mu 0 k - m 0 k) ^+ 2 / squared_norm (w k))
  /\ (forall mu, (forall nu, L mu <= L nu) <-> mu = m).
Proof.
move=> L m.
have nonempty : (0 < #|[finType of 'I_j.+1 * 'I_N]|)%N.
  by rewrite card_prod !card_ord muln_gt0.
have excess mu : L mu = L m + \sum_(k < K) (mu 0 k - m 0 k) ^+ 2 / squared_norm (w k).
  rewrite /L /loss -big_split; apply: eq_bigr => k _ /=.
  pose t (s : 'I_j.+1 * 'I_N) := projection w c z k s.1 s.2.
  have at_offset a : mean (fun s : 'I_j.+1 * 'I_N => squared_distance w c z k a s.1 s.2)
      = mean (fun s => (t s - a) ^+ 2) / squared_norm (w k).
    by rewrite mulrC -meanZ; apply: eq_mean => s; rewrite mulrC.
  rewrite !at_offset -mulrDl; congr (_ / _).
  have -> : m 0 k = mean t by rewrite mxE; apply: cumulative_is_mean.
  by rewrite mean_squared_deviation.
split=> // mu; split=> [least | -> nu]; last first.
  rewrite [L nu]excess ler_addl sumr_ge0 // => k _.
  by rewrite divr_ge0 ?sqr_ge0 // ltW ?squared_norm_gt0.
have := least m; rewrite [L mu]excess ger_addl => sum_le0.
have term_ge0 k : true -> 0 <= (mu 0 k - m 0 k) ^+ 2 / squared_norm (w k).
  by rewrite divr_ge0 ?sqr_ge0 // ltW ?squared_norm_gt0.
have : \sum_(k < K) (mu 0 k - m 0 k) ^+ 2 / squared_norm (w k) == 0.
  by rewrite eq_le sum_le0 sumr_ge0.
rewrite psumr_eq0 // => /allP zero; apply/rowP => k; apply/eqP.
have := zero k (mem_index_enum k); rewrite mulf_eq0 invr_eq0 (gt_eqF (squared_norm_gt0 _)) //.
by rewrite orbF sqrf_eq0 subr_eq0.
Qed.

(** The hypotheses can be met, for every d >= 1. *)
Example nonzero_rows (R : realFieldType) (d K : nat) :
  exists w : 'I_K -> 'rV[R]_d.+1, forall k, w k != 0.
Proof.
exists (fun _ => const_mx 1) => _; apply/eqP => /rowP/(_ 0); rewrite !mxE => /eqP.
by rewrite oner_eq0.
Qed.

(** Step 4: mu <- (9/10) mu + (1/10) mu_t over two batches does not minimise the loss. *)
Definition moving_mean (R : realFieldType) d K N
    (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : nat -> 'I_N -> 'rV[R]_d) : 'rV[R]_K :=
  \row_k (9%:R / 10%:R * batch_mean w c z k 0 + 1 / 10%:R * batch_mean w c z k 1).

Theorem moving_average_minimises (R : realFieldType) :
  ~ (forall d K N (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : nat -> 'I_N -> 'rV[R]_d),
       (0 < N)%N -> (forall k, w k != 0) ->
       forall nu, loss w c z 1 (moving_mean w c z) <= loss w c z 1 nu).
Proof.
pose w (k : 'I_1) : 'rV[R]_1 := const_mx 1.
pose z (j : nat) (n : 'I_1) : 'rV[R]_1 := const_mx j%:R.
have w_neq0 k : w k != 0.
  by apply/eqP => /rowP/(_ 0); rewrite !mxE => /eqP; rewrite oner_eq0.
have mean_z k j : batch_mean w (fun _ => 0) z k j = j%:R.
  by rewrite /batch_mean /mean big_ord1 card_ord /projection /inner big_ord1 !mxE; field.
move=> /(_ 1%N 1%N 1%N w (fun _ => 0) z isT w_neq0).
have [_ minimisers] := cumulative_average_minimises (fun _ => 0) z (ltn0Sn 0) w_neq0 1.
move=> /minimisers/rowP/(_ 0); rewrite !mxE /= !mean_z => /eqP.
rewrite -subr_eq0 (_ : _ - _ = - (2%:R / 5%:R)); last by field.
by rewrite oppr_eq0 mulf_eq0 invr_eq0 !pnatr_eq0.
Qed.

Print Assumptions cumulative_average_minimises.
Print Assumptions moving_average_minimises.
