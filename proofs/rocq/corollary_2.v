(** The centroid of a layer's inputs is on the boundary of every unit, so the layer's arrangement of
    hyperplanes is central.

    Let z_1, ..., z_N be the inputs of a normalised layer, zbar their centroid, and mu_k the mean of
    the projections <w_k, z_n> + c_k. The pre-activation of unit k at z is
    p_k(z) = gamma_k (<w_k, z> + c_k - mu_k) / sigma_k + beta_k (Eq. 2-4). Unit k changes its piece
    where p_k(z) is a breakpoint of the activation.

    1. <w_k, zbar> + c_k = mu_k, since the inner product is linear ([projection_centroid]): zbar is
       on every hyperplane H_k = {z : <w_k, z> + c_k = mu_k} of Eq. 5, whatever beta is.
    2. So p_k(zbar) = beta_k ([preactivation_centroid]), which is 0 for beta = 0.
    3. With the one breakpoint 0 the boundary of unit k is {z : p_k(z) = 0}: zbar is on each.
    4. p_k is affine and 0 at zbar, so p_k(zbar + a (z - zbar)) = a p_k(z): the signs of the units,
       and with them the regions, are the same along each ray from zbar ([central]).
    5. With another beta_k step 2 gives p_k(zbar) = beta_k != 0: the hypothesis is needed, and so is
       the one on the breakpoint ([corollary_2_sharp]).

    What is general: any N >= 1, any width K and dimension d, any rows (zero rows too), biases,
    gamma and sigma, over any real field R. The paper has sigma > 0; nothing here uses it. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** <w, z>, and the mean of N numbers. *)
Definition inner d (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

Definition mean N (t : 'I_N -> R) : R := (\sum_(n < N) t n) / N%:R.

(** zbar. *)
Definition centroid d N (z : 'I_N -> 'rV[R]_d) : 'rV[R]_d := N%:R^-1 *: \sum_(n < N) z n.

(** A normalised layer with d inputs and K units; mu comes from the batch. *)
Record layer d K := Layer {
  row : 'I_K -> 'rV[R]_d;
  bias : 'I_K -> R;
  gamma : 'I_K -> R;
  beta : 'I_K -> R;
  sigma : 'I_K -> R }.

Section Batch.

Variables (d K N : nat) (l : layer d K) (z : 'I_N -> 'rV[R]_d).

(** <w_k, x> + c_k, and mu_k (Eq. 3). *)
Definition projection (k : 'I_K) (x : 'rV[R]_d) : R := inner (row l k) x + bias l k.

Definition location (k : 'I_K) : R := mean (fun n => projection k (z n)).

(** p_k (Eq. 2-4). *)
Definition preactivation (k : 'I_K) (x : 'rV[R]_d) : R :=
  gamma l k * (projection k x - location k) / sigma l k + beta l k.

(** H_k (Eq. 5), and the boundary of unit k for an activation with these breakpoints (Eq. 6). *)
Definition on_hyperplane (k : 'I_K) (x : 'rV[R]_d) : Prop := projection k x = location k.

Definition on_boundary (breakpoints : seq R) (k : 'I_K) (x : 'rV[R]_d) : Prop :=
  preactivation k x \in breakpoints.

End Batch.

End Definitions.

Section Centroid.

Variables (R : realFieldType) (d K N : nat) (l : layer R d K) (z : 'I_N -> 'rV[R]_d).
Hypothesis N_gt0 : (0 < N)%N.

Let N_neq0 : N%:R != 0 :> R.
Proof. by rewrite pnatr_eq0 -lt0n. Qed.

Lemma inner_centroid (w : 'rV[R]_d) : inner w (centroid z) = mean (fun n => inner w (z n)).
Proof.
rewrite /mean exchange_big mulr_suml; apply: eq_bigr => i _ /=.
by rewrite mxE summxE mulrCA mulrC mulr_sumr.
Qed.

(** Step 1. *)
Lemma projection_centroid k : projection l k (centroid z) = location l z k.
Proof.
rewrite /location /mean big_split sumr_const card_ord /= mulrDl -(mulr_natr (bias l k)).
by rewrite mulfK // /projection inner_centroid.
Qed.

(** Step 2. *)
Lemma preactivation_centroid k : preactivation l z k (centroid z) = beta l k.
Proof. by rewrite /preactivation projection_centroid subrr mulr0 mul0r add0r. Qed.

(** Step 4. *)
Lemma central k (x : 'rV[R]_d) (a : R) :
  beta l k = 0 ->
  preactivation l z k (centroid z + a *: (x - centroid z)) = a * preactivation l z k x.
Proof.
move=> beta0; rewrite /preactivation beta0 !addr0 -projection_centroid.
set m := centroid z.
have -> : projection l k (m + a *: (x - m))
    = projection l k m + a * (projection l k x - projection l k m).
  rewrite /projection /inner opprD addrACA subrr addr0 -sumrB mulr_sumr addrAC -big_split.
  by congr (_ + _); apply: eq_bigr => i _; rewrite !mxE /=; ring.
by rewrite addrAC subrr add0r; ring.
Qed.

End Centroid.

Theorem corollary_2 (R : realFieldType) (d K N : nat) (l : layer R d K) (z : 'I_N -> 'rV[R]_d)
    (breakpoints : seq R)
    (N_gt0 : (0 < N)%N) (beta0 : forall k, beta l k = 0) (breakpoint0 : breakpoints = [:: 0]) :
  forall k, on_boundary l z breakpoints k (centroid z) /\ on_hyperplane l z k (centroid z).
Proof.
move=> k; split; last exact: projection_centroid.
by rewrite /on_boundary breakpoint0 preactivation_centroid // beta0 mem_head.
Qed.

(** Both hypotheses are needed, unit by unit: the centroid is on the boundary exactly where beta_k
    is a breakpoint. *)
Lemma corollary_2_sharp (R : realFieldType) (d K N : nat) (l : layer R d K) (z : 'I_N -> 'rV[R]_d)
    (breakpoints : seq R) (N_gt0 : (0 < N)%N) k :
  on_boundary l z breakpoints k (centroid z) <-> beta l k \in breakpoints.
Proof. by rewrite /on_boundary preactivation_centroid. Qed.

(** Layers with beta = 0 exist, whatever the rows, biases, gamma and sigma. *)
Example beta_zero (R : realFieldType) (d K : nat) (w : 'I_K -> 'rV[R]_d) (c g s : 'I_K -> R) :
  forall k, beta (Layer w c g (fun _ => 0) s) k = 0.
Proof. by []. Qed.

Print Assumptions corollary_2.
