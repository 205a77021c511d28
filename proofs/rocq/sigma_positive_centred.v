(** sigma^2 > 0, before eps is added, if and only if the inputs of the layer minus their centroid
    are not all orthogonal to w.

    Let t_n = <w, z_n> + c be the projections of one unit over N >= 1 samples, zbar the centroid of
    the inputs z_n, sigma^2 the biased variance of the t_n (Eq. 3).

    1. t_n - mean(t) = <w, z_n - zbar>, since the inner product is linear ([deviation]).
    2. N sigma^2 is the sum of the squares of these. It is >= 0, and 0 only where all of them are 0
       ([variance_eq0]).
    3. So sigma^2 > 0 if and only if some <w, z_n - zbar> is not 0. Equivalently, the t_n are not
       all equal: numbers that are all equal are equal to their mean ([all_equal]).
    4. The paper asks that w != 0 and that the inputs themselves be not all orthogonal to w. That is
       not enough: where every input is w, <w, z_n> = ||w||^2 for all n, and sigma = 0
       ([not_orthogonal_is_not_enough]).

    What is general: any N >= 1, any dimension d, any row w (the zero row too), bias c and inputs,
    over any real field R. *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** <w, z>. *)
Definition inner d (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

(** Mean and biased variance of N numbers (Eq. 3). *)
Definition mean N (t : 'I_N -> R) : R := (\sum_(n < N) t n) / N%:R.

Definition variance N (t : 'I_N -> R) : R := mean (fun n => (t n - mean t) ^+ 2).

(** zbar. *)
Definition centroid d N (z : 'I_N -> 'rV[R]_d) : 'rV[R]_d := N%:R^-1 *: \sum_(n < N) z n.

(** t_n, the projections of one unit over the batch. *)
Definition projection d N (w : 'rV[R]_d) (c : R) (z : 'I_N -> 'rV[R]_d) (n : 'I_N) : R :=
  inner w (z n) + c.

End Definitions.

Section Variance.

Variables (R : realFieldType) (N : nat).
Implicit Types t : 'I_N -> R.
Hypothesis N_gt0 : (0 < N)%N.

Let N_neq0 : N%:R != 0 :> R.
Proof. by rewrite pnatr_eq0 -lt0n. Qed.

Lemma mean_constant (a : R) : mean (fun _ : 'I_N => a) = a.
Proof. by rewrite /mean sumr_const card_ord -(mulr_natr a) mulfK. Qed.

Lemma variance_ge0 t : 0 <= variance t.
Proof. by rewrite divr_ge0 ?ler0n // sumr_ge0 // => n _; rewrite sqr_ge0. Qed.

(** Step 2. *)
Lemma variance_eq0 t : variance t = 0 <-> forall n, t n = mean t.
Proof.
rewrite /variance /mean -/(mean t); split=> [/eqP | equal].
  rewrite mulf_eq0 invr_eq0 (negbTE N_neq0) orbF psumr_eq0 => [|n _]; last exact: sqr_ge0.
  move=> /allP zero n; apply/eqP.
  by have := zero n (mem_index_enum n); rewrite sqrf_eq0 subr_eq0.
by rewrite big1 ?mul0r // => n _; rewrite equal subrr expr0n.
Qed.

(** Step 3. *)
Lemma all_equal t : (forall n, t n = mean t) <-> (forall n n', t n = t n').
Proof.
split=> [equal n n' | equal n]; first by rewrite !equal.
rewrite -[LHS]mean_constant; congr (_ / _).
by apply: eq_bigr => n' _; apply: equal.
Qed.

Lemma variance_gt0 t : 0 < variance t <-> ~ (forall n, t n = mean t).
Proof.
rewrite -variance_eq0 lt_neqAle variance_ge0 andbT eq_sym.
by split=> [/eqP | /eqP].
Qed.

End Variance.

(** Step 1. *)
Lemma deviation (R : realFieldType) (d N : nat) (w : 'rV[R]_d) (c : R) (z : 'I_N -> 'rV[R]_d)
    (N_gt0 : (0 < N)%N) n :
  projection w c z n - mean (projection w c z) = inner w (z n - centroid z).
Proof.
have N_neq0 : N%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have inner_centroid : inner w (centroid z) = mean (fun n => inner w (z n)).
  rewrite /mean exchange_big mulr_suml; apply: eq_bigr => i _ /=.
  by rewrite mxE summxE mulrCA mulrC mulr_sumr.
have -> : inner w (z n - centroid z) = inner w (z n) - inner w (centroid z).
  by rewrite -sumrB; apply: eq_bigr => i _; rewrite !mxE mulrBr.
rewrite inner_centroid /mean big_split sumr_const card_ord /= mulrDl -(mulr_natr c) mulfK //.
by rewrite opprD addrACA subrr addr0.
Qed.

Theorem sigma_positive_centred (R : realFieldType) (d N : nat)
    (w : 'rV[R]_d) (c : R) (z : 'I_N -> 'rV[R]_d) (N_gt0 : (0 < N)%N) :
  0 < variance (projection w c z) <-> ~ (forall n, inner w (z n - centroid z) = 0).
Proof.
rewrite variance_gt0 //; split=> varies equal; apply: varies => n; apply/eqP.
  by rewrite -subr_eq0 deviation // equal.
by rewrite -(deviation w c) // subr_eq0; apply/eqP.
Qed.

Theorem sigma_positive_projections (R : realFieldType) (d N : nat)
    (w : 'rV[R]_d) (c : R) (z : 'I_N -> 'rV[R]_d) (N_gt0 : (0 < N)%N) :
  0 < variance (projection w c z)
    <-> ~ (forall n n', projection w c z n = projection w c z n').
Proof. by rewrite -all_equal //; apply: variance_gt0. Qed.

(** Step 4: w != 0 and inputs none of which is orthogonal to w, with sigma = 0. *)
Lemma not_orthogonal_is_not_enough (R : realFieldType) (d N : nat) (N_gt0 : (0 < N)%N) :
  let w : 'rV[R]_d.+1 := const_mx 1 in
  let z : 'I_N -> 'rV[R]_d.+1 := fun _ => w in
  [/\ w != 0, forall n, inner w (z n) != 0 & variance (projection w 0 z) = 0].
Proof.
move=> w z; have inner_gt0 : inner w w != 0.
  rewrite /inner (eq_bigr (fun _ => 1)) => [|i _]; last by rewrite !mxE mulr1.
  by rewrite sumr_const card_ord pnatr_eq0.
split=> //; last by apply/variance_eq0 => //; apply/all_equal.
by apply: contra inner_gt0 => /eqP ->; rewrite /inner big1 // => i _; rewrite mxE mul0r.
Qed.

(** The paper's remark after Eq. 4 as it stands, and its refutation. *)
Definition sigma_positive_as_stated (R : realFieldType) : Prop :=
  forall (d N : nat) (w : 'rV[R]_d) (c : R) (z : 'I_N -> 'rV[R]_d), (0 < N)%N ->
    w != 0 -> ~ (forall n, inner w (z n) = 0) -> 0 < variance (projection w c z).

Theorem sigma_positive (R : realFieldType) : ~ sigma_positive_as_stated R.
Proof.
have [w_neq0 seen zero] := not_orthogonal_is_not_enough R 0 (ltn0Sn 0).
move/(_ 1%N 1%N (const_mx 1) 0 (fun _ => const_mx 1) isT w_neq0) => positive.
suff : 0 < variance (projection (const_mx 1) 0 (fun _ : 'I_1 => const_mx 1 : 'rV[R]_1)).
  by rewrite zero ltxx.
by apply: positive => /(_ ord0)/eqP; apply/negP; apply: (seen ord0).
Qed.

(** Both sides of the equivalence can be true: the inputs 0 and 1 seen by w = 1. *)
Example two_points (R : realFieldType) :
  exists z : 'I_2 -> 'rV[R]_1, 0 < variance (projection (const_mx 1) 0 z).
Proof.
exists (fun n => const_mx n%:R); apply/sigma_positive_projections => // equal.
have /eqP := equal ord_max 0; rewrite /projection /inner !big_ord1 !mxE !addr0 !mul1r.
by rewrite oner_eq0.
Qed.

Print Assumptions sigma_positive_centred.
Print Assumptions sigma_positive_projections.
Print Assumptions sigma_positive.
